"""The command line: each command reads, makes one library call and writes; nothing is computed here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routegraph.errors import RoutegraphError, SettingError

if TYPE_CHECKING:
    import pandas as pd

    from routegraph.run import Progress, Result
    from routegraph.settings import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

DONE, UNUSABLE_DATA, WRONG_USAGE, NO_RANK = 0, 1, 2, 3

# Options that take several values after one flag, as in `--seizures a.csv b.csv`.
_SEVERAL = ("--seizures", "--transits", "--effort", "--places", "--set", "--drop")

Files = Annotated[list[Path] | None, typer.Option(help="Files; several may follow.")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a library error becomes one line on standard error and an exit status."""
    given = _repeat_flags(sys.argv[1:] if arguments is None else list(arguments))
    try:
        app(given, prog_name="routegraph")
    except RoutegraphError as error:
        sys.stderr.write(f"routegraph: {_one_line(str(error))}\n")
        raise SystemExit(WRONG_USAGE if isinstance(error, SettingError) else UNUSABLE_DATA) from None
    except KeyboardInterrupt:
        sys.stderr.write("routegraph: stopped; no file was left half written\n")
        raise SystemExit(130) from None


def _one_line(text: str) -> str:
    """Keep an error on one line, whatever stood in the data that it quotes."""
    return "".join(c if c.isprintable() else " " for c in text)


def _repeat_flags(arguments: list[str]) -> list[str]:
    """Turn `--seizures a b` into `--seizures a --seizures b`."""
    out: list[str] = []
    flag = ""
    for argument in arguments:
        if argument.startswith("-") and argument != "-":
            flag = argument if argument in _SEVERAL else ""
            out.append(argument)
        elif flag and out[-1] != flag:
            out += [flag, argument]
        else:
            out.append(argument)
    return out


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show steps on a terminal; stay quiet in a pipe."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None  # noqa: ARG005
        return
    with console.status("starting", spinner="line") as status:

        def show(step: str) -> None:
            console.print(step, style="dim", markup=False)
            status.update(step)

        yield show


def _finish(result: Result, out: Path) -> None:
    """Print the top corridors, say what went in and where the products are, and leave with the right status."""
    from routegraph.run import headline, top_corridors

    sys.stderr.write("".join(f"{_one_line(line)}\n" for line in headline(result)))
    sys.stdout.write(_text(top_corridors(result, most=5)))
    sys.stderr.write(f"map:      {out / 'map.html'}\nbriefing: {out / 'briefing.html'}\n")
    raise typer.Exit(DONE if result.ranks_told else NO_RANK)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the products.")] = Path("routegraph-demo"),
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
) -> None:
    """Do the whole job on the bundled synthetic sample and say where the map is.

    Example: routegraph demo
    """
    from routegraph.run import demo_settings, run_case

    with _progress() as progress:
        result = run_case(demo_settings(out=out, seed=seed), progress=progress)
    _finish(result, out)


@app.command()
def run(
    context: typer.Context,
    seizures: Files = None,
    profile: Annotated[str, typer.Option(help="Layout of the seizure files: a name or a .toml.")] = "routegraph",
    transits: Files = None,
    transits_profile: Annotated[str, typer.Option(help="Layout of the transit files.")] = "routegraph",
    effort: Files = None,
    places: Files = None,
    level: Annotated[str | None, typer.Option(help="place, region or country; default: the profile's.")] = None,
    border: Annotated[str | None, typer.Option(help="country or region: the borders that count.")] = None,
    commodity: Annotated[str, typer.Option(help="Taxonomy prefix such as arms.firearm.")] = "",
    min_quantity: Annotated[str, typer.Option(help='Least quantity of a record, such as "1 kg".')] = "",
    since: Annotated[str, typer.Option(help="First date: 2019, 2019-06 or 2019-06-30.")] = "",
    until: Annotated[str, typer.Option(help="Last date.")] = "",
    estimator: Annotated[str, typer.Option(help="counts: reported counts, not corrected for detection.")] = "counts",
    draws: Annotated[int, typer.Option(help="Posterior draws.")] = 400,
    workers: Annotated[int, typer.Option(help="Workers; never changes a result.")] = 1,
    releasable: Annotated[str, typer.Option(help="Use only records releasable at TLP[:ISO3].")] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", help="column=value for every row.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Column to leave out at the door.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder for the products.")] = Path("routegraph-out"),
    title: Annotated[str, typer.Option(help="Title at the head of every product.")] = "",
    config: Annotated[Path | None, typer.Option(help="TOML file of options; the command line wins.")] = None,
) -> None:
    """Turn records into a network, flagged corridors, a map and a briefing.

    Example: routegraph run --seizures seizures.csv --transits transits.csv --commodity arms --out case
    """
    from routegraph.run import run_case

    options = dict(context.params)
    options["set_values"] = _pairs(set_ or [])
    settings = _settings(context, options, config)
    with _progress() as progress:
        result = run_case(settings, progress=progress)
    _finish(result, settings.out)


def _settings(context: typer.Context, options: dict[str, object], config: Path | None) -> Settings:
    """Merge the configuration file with what the command line really gave; the command line wins."""
    from routegraph.settings import Settings, read_config

    merged = read_config(config) if config else {}
    for name, value in options.items():
        source = context.get_parameter_source("set_" if name == "set_values" else name)
        if name in ("config", "set_") or source is None or source.name != "COMMANDLINE":
            continue
        merged[name] = tuple(value) if isinstance(value, list) else value
    if not merged.get("seizures"):
        raise SettingError("no seizure files; give --seizures FILE (see routegraph run --help)")
    return Settings(**merged)  # type: ignore[arg-type]


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read column=value texts."""
    wrong = [text for text in texts if not text.partition("=")[0].strip() or "=" not in text]
    if wrong:
        raise SettingError(f"--set is {wrong[0]!r}; expected column=value")
    return {text.partition("=")[0].strip(): text.partition("=")[2] for text in texts}


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Seizure or transit files, by the profile's table.")],
    profile: Annotated[str, typer.Option(help="Layout of the files: a name or a .toml.")] = "routegraph",
    drop: Annotated[list[str] | None, typer.Option(help="Column to leave out at the door.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what was read, what was set aside and why; write nothing.

    Example: routegraph check seizures.csv
    """
    from routegraph.places import Gazetteer
    from routegraph.records import load_profile, read_seizures, read_transits, summarise

    layout = load_profile(profile)
    read = read_transits if layout.table == "transits" else read_seizures
    batch = read(files, profile=layout, gazetteer=Gazetteer.builtin(), drop=tuple(drop or ()))
    _print(summarise(batch), as_json=as_json)


@app.command()
def profiles(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the layouts that can be read as they are published.

    Example: routegraph profiles
    """
    import pandas as pd

    from routegraph.records import list_profiles

    rows = [(one.name, one.table, one.tlp, one.level, one.title) for one in list_profiles()]
    _print(pd.DataFrame(rows, columns=["profile", "table", "tlp", "level", "title"]), as_json=as_json)


@app.command()
def synth(
    out: Annotated[Path, typer.Option(help="Folder for the tables and their truth.")],
    seed: Annotated[int, typer.Option(help="Seed of the world.")] = 2023,
) -> None:
    """Write a synthetic case with known truth: seizures, transits, effort, and what really happened.

    Example: routegraph synth --out invented --seed 7
    """
    from routegraph.synthetic import make_world, write_case

    write_case(make_world(seed=seed), out)
    sys.stderr.write(f"synthetic case: {out}\n")


def _print(table: pd.DataFrame, *, as_json: bool) -> None:
    """Print a table: JSON lines up nothing but is exact, text is for reading."""
    sys.stdout.write(table.to_json(orient="records", indent=1) + "\n" if as_json else _text(table))


def _text(table: pd.DataFrame) -> str:
    """Lay a table out in columns, left aligned, with control characters of the data made visible as blanks."""
    cells = table.astype(str).map(_one_line)
    wide = {column: max([len(column), *cells[column].str.len()]) for column in cells.columns}
    lines = [[column.ljust(wide[column]) for column in cells.columns]]
    lines += [[cell.ljust(wide[c]) for c, cell in zip(cells.columns, row, strict=True)] for row in cells.to_numpy()]
    return "".join(f"{'  '.join(line).rstrip()}\n" for line in lines)


if __name__ == "__main__":
    main()
