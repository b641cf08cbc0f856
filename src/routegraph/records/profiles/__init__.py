"""Bundled layouts, one TOML file each."""
