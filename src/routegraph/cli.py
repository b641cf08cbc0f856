"""The command line: each command reads, makes one library call and writes; nothing is computed here."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from routegraph.errors import RoutegraphError, SettingError
from routegraph.terminal import in_columns, one_line, print_table, shown_progress

if TYPE_CHECKING:
    from routegraph.run import Result
    from routegraph.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

DONE, UNUSABLE_DATA, WRONG_USAGE, NO_RANK, STOPPED = 0, 1, 2, 3, 130

# Options of `routegraph run` that take several values after one flag, as in `--seizures a.csv b.csv`.
_SEVERAL = ("--seizures", "--transits", "--effort", "--places", "--set", "--drop")

# What the parser raises on wrong usage; typer names only its children.
_UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}; expected a whole number") from None


Seizures = Annotated[
    list[Path] | None, typer.Option(help="Seizure records: CSV, TSV, XLSX, Parquet, JSON Lines.", metavar="FILE...")
]
Transits = Annotated[list[Path] | None, typer.Option(help="Licit or observed movement.", metavar="FILE...")]
Effort = Annotated[list[Path] | None, typer.Option(help="Inspections by place and period.", metavar="FILE...")]
Places = Annotated[list[Path] | None, typer.Option(help="Your own places.", metavar="FILE...")]
Folder = Annotated[Path, typer.Option(help="Folder for the products.", metavar="DIR")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", metavar="N", parser=_whole)]
Previous = Annotated[Path | None, typer.Option(help="Earlier run: say what changed since.", metavar="DIR")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="A value for every row.", metavar="COLUMN=VALUE")]
Drops = Annotated[list[str] | None, typer.Option(help="Column to leave out at the door, unread.", metavar="COLUMN")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; whatever goes wrong becomes one line on standard error and an exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows its code instead
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(_repeat_flags(given) or ["--help"], prog_name="routegraph", standalone_mode=False)
    except RoutegraphError as error:
        sys.stderr.write(f"routegraph: {one_line(str(error))}\n")
        raise SystemExit(WRONG_USAGE if isinstance(error, SettingError) else UNUSABLE_DATA) from None
    except _UsageError as error:
        sys.stderr.write(f"{one_line(_usage(error))}\n")
        raise SystemExit(WRONG_USAGE) from None
    except KeyboardInterrupt:
        status = STOPPED
    if status == STOPPED:
        sys.stderr.write("routegraph: stopped; no file was left half written\n")
    raise SystemExit(status or (DONE if given else WRONG_USAGE))


def _usage(error: Exception) -> str:
    """Say in one line what was wrong with the words on the command line, and where to read more."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "routegraph"
    said = str(getattr(error, "format_message", error.__str__)()).strip().rstrip(".")
    if command.endswith(" run") and "unexpected extra argument" in said:
        said += "; files of seizures follow --seizures"
    return f"{command}: {said} (see {command} --help)"


def _repeat_flags(arguments: list[str]) -> list[str]:
    """Turn `run --seizures a b` into `run --seizures a --seizures b`; other commands take files without a flag."""
    if arguments[:1] != ["run"]:
        return arguments
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


def _finish(result: Result, out: Path, *, before: str) -> None:
    """Print the top corridors, say what went in and where the products are, and leave with the right status.

    ``before`` is the digest of the run that was in the folder: where it is another, products that only
    ``routegraph export`` makes are of that one still, and no file of the user's is deleted unasked.
    """
    from routegraph.render.registry import left_over
    from routegraph.render.run_json import run_digest
    from routegraph.run import headline, top_corridors

    sys.stderr.write("".join(f"{one_line(line)}\n" for line in headline(result)))
    sys.stdout.write(in_columns(top_corridors(result, most=5)))
    sys.stdout.flush()
    sys.stderr.write(f"map:      {out / 'map.html'}\nbriefing: {out / 'briefing.html'}\n")
    older = left_over(out) if before != run_digest(result.briefing) else ()
    if older:
        names = ", ".join(older)
        sys.stderr.write(
            f"routegraph: older products, not of this run, are still in {one_line(str(out))}: {names}; "
            "export them anew or delete them\n"
        )
    if not result.ranks_told:
        few = "no two corridors could be told apart by their flow" if result.corridors else "no corridor was found"
        sys.stderr.write(f"routegraph: {few}: read no ranking into these products (exit status {NO_RANK})\n")
    raise typer.Exit(DONE if result.ranks_told else NO_RANK)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        sys.stdout.write(f"routegraph {version('routegraph')}\n")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Find the corridors in seizure and transit records.

    Example: routegraph demo
    """


@app.command(short_help="Do the whole job on the bundled synthetic sample.")
def demo(out: Folder = Path("routegraph-demo"), seed: Seed = 0) -> None:
    """Do the whole job on the bundled synthetic sample and say where the map is.

    Example: routegraph demo
    """
    from routegraph.inputs import check_out
    from routegraph.render.saved import digest_in
    from routegraph.run import demo_settings, run_case

    settings = demo_settings(out=out, seed=seed)
    check_out(out)
    before = digest_in(out)
    with shown_progress() as progress:
        result = run_case(settings, progress=progress)
    _finish(result, out, before=before)


@app.command(short_help="Turn records into corridors, a map and a briefing.")
def run(
    context: typer.Context,
    seizures: Seizures = None,
    profile: Annotated[
        str, typer.Option(help="Layout of the seizure files: a name or a .toml.", metavar="NAME")
    ] = "routegraph",
    transits: Transits = None,
    transits_profile: Annotated[str, typer.Option(help="Layout of the transit files.", metavar="NAME")] = "routegraph",
    effort: Effort = None,
    places: Places = None,
    level: Annotated[
        str | None, typer.Option(help="place, region or country; default: the profile's.", metavar="LEVEL")
    ] = None,
    border: Annotated[
        str | None, typer.Option(help="country or region: which count; default: the profile's.", metavar="KIND")
    ] = None,
    commodity: Annotated[str, typer.Option(help="Only this branch, such as arms.firearm.", metavar="CODE")] = "",
    min_quantity: Annotated[
        str, typer.Option(help='Least quantity of a record, such as "1 kg".', metavar='"N UNIT"')
    ] = "",
    since: Annotated[str, typer.Option(help="First date: 2019, 2019-06 or 2019-06-30.", metavar="DATE")] = "",
    until: Annotated[str, typer.Option(help="Last date, included.", metavar="DATE")] = "",
    estimator: Annotated[
        str,
        typer.Option(help="removal: corrected for detection; counts: reported counts, not corrected.", metavar="NAME"),
    ] = "removal",
    by_commodity: Annotated[
        bool, typer.Option("--by-commodity", help="Tell branches of commodity apart in flows.csv.")
    ] = False,
    draws: Annotated[int, typer.Option(help="Posterior draws, 20 or more.", metavar="N", parser=_whole)] = 1000,
    workers: Annotated[int, typer.Option(help="Never changes a result.", metavar="N", parser=_whole)] = 1,
    releasable: Annotated[
        str, typer.Option(help="Only records that GREEN, or AMBER:THA, may see.", metavar="TLP[:ISO3]")
    ] = "",
    set_: Sets = None,
    drop: Drops = None,
    seed: Seed = 0,
    out: Folder = Path("routegraph-out"),
    title: Annotated[str, typer.Option(help="Title at the head of every product.", metavar="TEXT")] = "",
    previous: Previous = None,
    config: Annotated[
        Path | None, typer.Option(help="File of these options; the command line wins.", metavar="FILE.toml")
    ] = None,
) -> None:
    """Turn records into a network, flagged corridors, a map and a briefing.

    Example: routegraph run --seizures seizures.csv --transits transits.csv --commodity arms --out case
    """
    from routegraph.inputs import check_out
    from routegraph.render.saved import digest_in
    from routegraph.run import run_case

    options = dict(context.params)
    options["set_values"] = _pairs(set_ or [])
    settings = _settings(context, options, config)
    check_out(settings.out)
    before = digest_in(settings.out)
    with shown_progress() as progress:
        result = run_case(settings, progress=progress)
    _finish(result, settings.out, before=before)


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


@app.command(short_help="Say what was read, what was set aside and why.")
def check(
    files: Annotated[list[Path], typer.Argument(help="Files of one table and layout.", metavar="FILE")],
    profile: Annotated[
        str, typer.Option(help="Layout of the files: a name or a .toml.", metavar="NAME")
    ] = "routegraph",
    table: Annotated[
        str, typer.Option(help="seizures, transits, effort or places; default: the profile's.", metavar="TABLE")
    ] = "",
    places: Annotated[list[Path] | None, typer.Option(help="Your own places.", metavar="FILE")] = None,
    set_: Sets = None,
    drop: Drops = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what was read, what was set aside and why; write nothing. Rows count from the header, which is row 1.

    Example: routegraph check seizures.csv
    """
    from routegraph.inputs import read_table
    from routegraph.records import summarise

    batch = read_table(
        files, profile=profile, table=table, places=places or (), set_values=_pairs(set_ or []), drop=drop or ()
    )
    print_table(summarise(batch), as_json=as_json)


@app.command(short_help="Tell the whole story of one corridor of a run.")
def explain(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.", metavar="RUN")],
    corridor: Annotated[str, typer.Argument(help="Its id, or its rank.", metavar="CORRIDOR_ID")],
) -> None:
    """Tell the whole story of one corridor, from its records to its score, and what it cannot tell.

    Example: routegraph explain routegraph-demo 1
    """
    from routegraph.briefing.explaining import explain as told
    from routegraph.render.saved import read_run

    saved = read_run(folder)
    sys.stdout.write(told(saved.tables, corridor, run=saved.run))


@app.command(short_help="Make any product of a run: pdf, docx, pptx, xlsx, gpkg, kmz, ...")
def export(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.", metavar="RUN")],
    to: Annotated[
        list[str] | None,
        typer.Option(help="A product, or a file that ends like one; may be repeated.", metavar="TARGET"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File, or folder for the usual name; default: RUN.", metavar="PATH")
    ] = None,
    previous: Previous = None,
) -> None:
    """Make any product of a run, one file each. Without --to, list them.

    Example: routegraph export routegraph-demo --to pdf
    """
    import pandas as pd

    from routegraph.render import TARGETS
    from routegraph.render.export import export_each

    if not to:
        rows = [(one.name, one.filename, "on request" if one.on_request else "every run") for one in TARGETS.values()]
        print_table(pd.DataFrame(rows, columns=["target", "file", "made by"]), as_json=False)
        return
    with shown_progress() as progress:
        for where in export_each(folder, to=to, out=out, previous=previous, progress=progress):
            sys.stdout.write(f"{where}\n")


@app.command(short_help="Say what changed between two runs, and why.")
def diff(
    before: Annotated[Path, typer.Argument(help="Folder of the earlier run.", metavar="RUN_A")],
    after: Annotated[Path, typer.Argument(help="Folder of the later run.", metavar="RUN_B")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what changed between two runs, and why: data, settings, corridors, legs.

    Example: routegraph diff routegraph-out-2022 routegraph-out-2023
    """
    from routegraph.briefing.difference import MOST_LEGS, difference
    from routegraph.render.saved import read_run

    found = difference(read_run(before), read_run(after))
    if as_json:
        import json

        tables = {name: getattr(found, name).to_dict("records") for name in ("corridors", "legs")}
        facts = {"why": list(found.why), "not_compared": found.not_compared, **tables}
        sys.stdout.write(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
        return
    why = found.why or ("same data, settings and versions",)
    sys.stdout.write("".join(f"{one_line(line)}\n" for line in ("Why:", *(f"- {one}" for one in why))))
    moved = found.corridors[found.corridors["what"] != "stays"]
    stay = len(found.corridors) - len(moved)
    sys.stdout.write(f"\nCorridors: {len(moved)} moved, {stay} in their place\n")
    sys.stdout.write(in_columns(moved) if len(moved) else "")
    if found.not_compared:
        sys.stdout.write(f"\nFlows are not compared: {found.not_compared}\n")
        return
    first = f", the first {MOST_LEGS}" if len(found.legs) > MOST_LEGS else ""
    sys.stdout.write(f"\nLegs whose 90 % intervals of flow do not overlap: {len(found.legs) or 'none'}{first}\n")
    sys.stdout.write(in_columns(found.legs.head(MOST_LEGS)) if len(found.legs) else "")


@app.command(short_help="List the layouts that can be read as published.")
def profiles(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the layouts that can be read as they are published.

    Example: routegraph profiles
    """
    import pandas as pd

    from routegraph.records import list_profiles

    rows = [(one.name, one.table, one.tlp, one.level, one.title) for one in list_profiles()]
    print_table(pd.DataFrame(rows, columns=["profile", "table", "tlp", "level", "title"]), as_json=as_json)


@app.command(short_help="Write a synthetic case with known truth.")
def synth(
    out: Annotated[Path, typer.Option(help="Folder for the tables and their truth.", metavar="DIR")],
    seed: Annotated[int, typer.Option(help="Seed of the world.", metavar="N", parser=_whole)] = 2023,
    regime: Annotated[str, typer.Option(help="Kind of world: sample, equal, blind, hard, ...", metavar="NAME")] = "",
) -> None:
    """Write a synthetic case with known truth: seizures, transits, effort, and what really happened.

    Example: routegraph synth --regime few_records --out invented --seed 7
    """
    from routegraph.inputs import check_out
    from routegraph.synthetic import make_world, regime_named, write_case

    if seed < 0:
        raise SettingError(f"seed is {seed}; expected 0 or more")
    kind = regime_named(regime) if regime else None
    check_out(out)
    with shown_progress() as progress:
        progress("inventing a world")
        write_case(make_world(seed=seed, regime=kind) if kind else make_world(seed=seed), out)
    sys.stderr.write(f"synthetic case: {out}\n")


if __name__ == "__main__":
    main()
