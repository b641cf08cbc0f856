"""The commodity tree: whole, mapped to the UN Register, IAFQ, HS and IDS, and matched by whole parts."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from routegraph.records import taxonomy

REGISTER_EIGHT = {  # UN Register of Conventional Arms, small arms and light weapons, as the reporting form lists them
    "revolvers and self-loading pistols", "rifles and carbines", "sub-machine guns", "assault rifles",
    "light machine guns", "heavy machine guns", "hand-held under-barrel and mounted grenade launchers",
    "portable anti-tank guns", "recoilless rifles", "portable anti-tank missile launchers and rocket systems",
    "mortars of calibres less than 75 mm", "others",
}  # fmt: skip
IAFQ = {
    "pistol", "revolver", "rifle", "shotgun", "sub-machine gun", "machine gun", "other firearm",
    "parts and components", "ammunition",
}  # fmt: skip


def codes_of(*texts: str, scheme: str = "") -> list[str]:
    return taxonomy.commodity(pd.Series(texts, dtype="str"), scheme=scheme)["value"].tolist()


def reason_of(text: str) -> str:
    return str(taxonomy.commodity(pd.Series([text]))["reason"].iloc[0])


def test_every_code_has_its_parent_a_label_and_a_family():
    tree = taxonomy.tree()
    assert tree.index.is_unique
    assert tree.index.is_monotonic_increasing
    assert (tree["label"] != "").all()
    assert set(tree["parent"]) - {""} <= set(tree.index)
    assert set(tree["family"]) == set(taxonomy.families())
    assert tree.index.str.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*").all()


def test_every_item_of_register_category_eight_and_every_iafq_class_has_a_code():
    tree = taxonomy.tree()
    items = tree.loc[tree["un_register"].str.startswith("VIII"), "un_register"].str.partition(": ")[2]
    assert set(items) == REGISTER_EIGHT
    assert {number.partition(" ")[0] for number in tree["un_register"] if number} >= {"I", "II", "III", "IV", "V", "VI"}
    assert set(tree["iafq"]) - {""} == IAFQ
    assert tree.loc["arms.light_weapon.manpads", "un_register"].startswith("VII(b)")


def test_manufacture_is_the_last_part_and_inherits_the_classes():
    tree = taxonomy.tree()
    for made in ("industrial", "craft", "converted", "3d_printed"):
        faceted = tree.loc[f"arms.firearm.pistol.{made}"]
        assert faceted["manufacture"] == made
        assert faceted["iafq"] == "pistol"
        assert faceted["parent"] == "arms.firearm.pistol"
    assert not any(code.startswith("drugs") for code in tree.index[tree["manufacture"] != ""])


def test_customs_headings_map_to_codes_that_say_no_more_than_the_heading():
    expected = {
        "9301": "arms.military", "9302": "arms.firearm.handgun", "9302.00": "arms.firearm.handgun",
        "HS 930310": "arms.firearm.muzzle_loader", "930320": "arms.firearm.shotgun", "9303.30": "arms.firearm.rifle",
        "930390": "arms.signal_blank", "9304": "arms.air_gun", "9305": "arms.parts", "930510": "arms.parts.handgun",
        "9306": "arms.ammunition", "930621": "arms.ammunition.cartridge.shotgun", "9307": "arms.cold",
        "3602": "arms.explosive", "8710": "arms.conventional.armoured_vehicle",
    }  # fmt: skip
    assert dict(zip(expected, codes_of(*expected), strict=True)) == expected
    assert "930390" in taxonomy.tree().loc["arms.signal_blank", "hs"].split("; ")


def test_common_words_and_codes_are_read_whatever_their_case():
    assert codes_of("AK-47", " Crystal  Meth ", "Converted pistol", "shotgun, homemade", "3D-printed pistol") == [
        "arms.firearm.rifle.assault", "drugs.ats.methamphetamine.crystal", "arms.firearm.pistol.converted",
        "arms.firearm.shotgun.craft", "arms.firearm.pistol.3d_printed",
    ]  # fmt: skip
    assert codes_of("Arms.Firearm.Pistol", "wildlife.ivory", "") == ["arms.firearm.pistol", "wildlife.ivory", ""]


def test_unknown_names_are_rejected_with_a_way_on():
    assert "'arms.firearm.pistol'" in reason_of("arms.firearm.pistol.golden")
    assert "did you mean 'pistol'?" in reason_of("pistl")
    assert "expected a code or name from one of" in reason_of("xyzzy")
    assert reason_of("x" * 40_000)
    assert "'drugs.cocaine'" in reason_of("drugs.cocaine.converted")


def test_every_code_and_label_reads_back_as_itself():
    tree = taxonomy.tree()
    assert codes_of(*tree.index) == tree.index.tolist()
    plain = tree[tree["manufacture"] == ""]
    assert codes_of(*plain["label"]) == plain.index.tolist()


def test_a_vague_word_means_a_drug_only_where_the_layout_speaks_of_drugs():
    assert codes_of("Unknown", "Other") == ["unspecified", "unspecified"]
    assert codes_of("Unknown", "Other", scheme="ids") == ["drugs.unspecified", "drugs.unspecified"]


def test_prefixes_match_whole_parts_only():
    codes = pd.Series(["drugs.coca.leaf", "drugs.cocaine", "drugs.cocaine.hcl", "drugs", ""])
    assert taxonomy.matches(codes, "drugs.cocaine").tolist() == [False, True, True, False, False]
    assert taxonomy.matches(codes, "drugs.coca").tolist() == [True, False, False, False, False]
    assert taxonomy.matches(codes, "").all()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["drugs.cocaine.hcl", "drugs.cocaine.base"], "drugs.cocaine"),
        (["drugs.coca.leaf", "drugs.cocaine"], "drugs"),
        (["drugs.cocaine", "", "drugs.cocaine"], "drugs.cocaine"),
        (["drugs.cocaine", "arms.firearm"], ""),
        (["", ""], ""),
        ([], ""),
    ],
)
def test_the_common_prefix_is_the_deepest_code_above_all(codes, expected):
    assert taxonomy.common_prefix(pd.Series(codes, dtype="str")) == expected


def test_reasons_do_not_depend_on_the_order_of_rows():
    texts = pd.Series([f"pistl{i}" for i in range(150)] + ["pistl"], dtype="str")
    forward = taxonomy.commodity(texts)
    backward = taxonomy.commodity(texts[::-1]).loc[texts.index]
    pd.testing.assert_frame_equal(forward, backward)


def test_a_large_column_that_holds_no_commodities_at_all_is_turned_down():
    found = taxonomy.commodity(pd.Series([f"free text number {i}" for i in range(100_000)]))
    assert (found["reason"] != "").all()


@pytest.fixture(scope="module")
def ids(real_data) -> pd.DataFrame:
    path = real_data / "unodc-ids" / "unodc_ids_2011_2016.parquet"
    if not path.is_file():
        pytest.skip(f"no {path.name}")
    return pd.read_parquet(path)


@pytest.mark.real_data
def test_every_drug_name_of_ids_is_mapped(ids):
    names = pd.Series(sorted(ids["DRUG_NAME"].unique()))
    assert len(names) == 343
    for scheme in ("", "ids"):
        found = taxonomy.commodity(names, scheme=scheme)
        assert found["reason"].eq("").all()
        assert found["value"].ne("").all()
    families = found["value"].str.partition(".")[0]
    assert sorted(names[families != "drugs"]) == ["Alcohol", "Tabacco"]


def network(ids: pd.DataFrame, prefix: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Chain producer > departure > seizure > destination by country, blanks bridged, placeholders blank."""
    alias = {"Czech Republic": "Czechia", "United Kingdom (England and Wales)": "United Kingdom"}
    alias |= dict.fromkeys(("Iraq (Central Iraq)", "Iraq (Kurdistan Region)"), "Iraq")
    alias |= dict.fromkeys(("Unknown", "Other", "Multiple Countries"), "")
    columns = ["PRODUCING_COUNTRY", "DEPARTURE_COUNTRY", "COUNTRY", "DESTINATION_COUNTRY"]
    mine = taxonomy.matches(taxonomy.commodity(ids["DRUG_NAME"], scheme="ids")["value"], prefix)
    chains = ids.loc[mine, columns].fillna("").replace(alias).drop_duplicates()
    edges = set()
    for chain in chains.itertuples(index=False):
        stops = [stop for stop, _ in itertools.groupby(filter(None, chain))]
        edges.update(pair for pair in itertools.pairwise(stops) if pair[0] != pair[1])
    return {place for edge in edges for place in edge}, edges


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("prefix", "places", "edges", "leaders"),
    [  # shared/data/README.md, after Giommoni, Berlusconi & Aziani 2021 (doi 10.1007/s10610-020-09473-0)
        ("drugs.cocaine", (149, 152), (853, 857), {"Spain", "Ecuador", "Venezuela, Bolivarian Republic of", "Italy"}),
        ("drugs.heroin", (132, 135), (411, 413), {"Pakistan", "Spain", "Bulgaria", "Italy"}),
    ],
)
def test_the_branches_make_the_published_networks(ids, prefix, places, edges, leaders):
    named, pairs = network(ids, prefix)
    assert places[0] <= len(named) <= places[1]
    assert edges[0] <= len(pairs) <= edges[1]
    degree = pd.Series([place for pair in pairs for place in pair]).value_counts()
    assert leaders <= set(degree.index[:5])


@pytest.mark.real_data
def test_a_heroin_branch_that_took_morphine_and_opium_would_not(ids):
    wider = network(ids, "drugs.heroin")[1] | network(ids, "drugs.opiate")[1]
    assert len(wider) > 413
