"""Every notebook runs from its first cell to its last, in a folder of its own, and is committed without outputs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
SHORTENED = {"01_records_to_map": ('estimator="counts",', 'estimator="counts", draws=40,')}
"""What stands in a notebook and what is run in its place, so that every test run can afford it; as it stands: slow."""
TO_RUN = [
    *(pytest.param(path, ("", ""), marks=pytest.mark.slow, id=path.stem) for path in NOTEBOOKS),
    *(
        pytest.param(path, SHORTENED[path.stem], id=f"{path.stem} in short")
        for path in NOTEBOOKS
        if path.stem in SHORTENED
    ),
]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Offer this very Python as a kernel, so that the notebook sees the package under test and no other."""
    kernelspec = pytest.importorskip("ipykernel.kernelspec")
    kernelspec.write_kernel_spec(tmp_path / "jupyter" / "kernels" / "python3")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    return "python3"


def test_there_are_notebooks():
    told = ["01_records_to_map", "02_network", "03_flows", "04_corridors", "05_briefing"]
    assert [path.stem for path in NOTEBOOKS] == told


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("path", "instead"), TO_RUN)
def test_a_notebook_runs_to_its_end(path: Path, instead: tuple[str, str], tmp_path: Path, kernel: str):
    nbclient = pytest.importorskip("nbclient")
    shutil.copytree(PROJECT / "data" / "samples", tmp_path / "data" / "samples")
    home = tmp_path / "notebooks"
    home.mkdir()
    notebook = nbformat.read(path, as_version=4)
    stands, short = instead
    assert any(stands in cell.source for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace(stands, short) if stands else cell.source
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name=kernel, resources={"metadata": {"path": str(home)}}
    )
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    streams = [out for cell in code for out in cell.outputs if out.get("name") == "stderr"]
    assert not streams, streams
