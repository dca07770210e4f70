"""Every real dirty file loads right or says, with the line, why it does not."""

from __future__ import annotations

import pandas as pd
import pytest

from datasets import dataset
from specweave.data import Table, read_table
from specweave.errors import DataReadError
from specweave.problem import DataSource
from specweave.workspace import Workspace


@pytest.fixture
def read(workspace: Workspace):
    def reading(relative: str, **settings) -> Table:
        return read_table(DataSource(location=str(dataset(relative)), allow_outside=True, **settings), workspace)

    return reading


def kinds(table: Table) -> dict[str, str]:
    return {c.name: c.kind for c in table.reading.columns}


# path, rows, columns, kinds of telling columns
LOADABLE = [
    (
        "dirty/airedale_nhs_spend.csv",
        53,
        8,
        {"Payment Date": "datetime", "Amount": "number", "Transaction No.": "text"},
    ),
    ("dirty/beers_clean.csv.gz", 2410, 10, {"id": "integer", "abv": "number", "ibu": "integer"}),
    ("dirty/beers_dirty.csv.gz", 2410, 10, {"ounces": "text", "abv": "text", "ibu": "integer"}),
    (
        "dirty/bl_flickr_books.csv.gz",
        8287,
        15,
        {"Identifier": "text", "Date of Publication": "text", "Engraver": "empty"},
    ),
    ("dirty/flights_clean.csv.gz", 2376, 6, {"flight": "text", "sched_dep_time": "text"}),
    ("dirty/flights_dirty.csv.gz", 2376, 6, {"flight": "text", "act_arr_time": "text"}),
    ("dirty/imdb_100.csv", 100, 44, {"title": "text", "imdbRating": "number", "year": "integer", "Action": "integer"}),
    (
        "dirty/montreal_bikes_2012.csv",
        310,
        10,
        {"Date": "datetime", "Berri 1": "integer", "Côte-Sainte-Catherine": "integer"},
    ),
    ("dirty/olympics.csv", 146, 16, {"unnamed_1": "text", "? Summer": "integer", "Combined total": "integer"}),
    ("dirty/uk_milk.csv", 370, 23, {"unnamed_2": "text"}),
    ("dirty/university_towns.txt", 567, 1, {"column_1": "text"}),
    ("dirty/made/adult_id_leak_made.csv.gz", 6000, 17, {"record_id": "text", "group_code": "integer"}),
    ("dirty/made/ames_leak_made.csv.gz", 2930, 83, {"Tax Assessed Value": "integer", "Lot Frontage": "integer"}),
    (
        "dirty/made/bike_day_mixed_dates_made.csv.gz",
        731,
        16,
        {"dteday": "datetime", "temp": "number", "cnt": "integer"},
    ),
    ("dirty/made/titanic_leak_made.csv.gz", 891, 13, {"lifeboat_code": "integer"}),
    (
        "dirty/made/titanic_repeated_headers_made.csv",
        900,
        12,
        {"Survived": "integer", "Fare": "number", "Age": "number"},
    ),
    ("dirty/pollock/1_SiO2_003.csv", 3451, 2, {"cm-1": "number", "%T": "number"}),
    ("dirty/pollock/Feb-2016.csv", 22, 3, {"Posted_Date": "datetime", "Invoice_Net_Line_Amount": "number"}),
    (
        "dirty/pollock/HMRC_spending_over_25000_for_September_2018.csv",
        406,
        14,
        {"Date": "datetime", "Amount": "number"},
    ),
    ("dirty/pollock/Kokad_pollen.csv", 69, 211, {"Age": "number", "Abies": "integer"}),
    (
        "dirty/pollock/ResultsOR30x100-0.25_5.dat__m28.csv",
        30,
        133,
        {"row_name": "text", "x": "integer", "x_2": "integer"},
    ),
    (
        "dirty/pollock/business_expenses_apr_jun_14_peter_lewis.csv",
        8,
        9,
        {"Dates": "datetime", "Travel Rail": "number", "Total Cost": "number"},
    ),
    ("dirty/pollock/dd_Wickenburg_nobmp_623.csv.gz", 61, 683, {"$$time[s]": "number", "COG_x[m]_1": "number"}),
    ("dirty/pollock/download_6_.csv", 67, 4, {"userid": "text", "Entrez Gene": "integer"}),
]


@pytest.mark.parametrize(
    ("path", "rows", "columns", "telling"), LOADABLE, ids=[p[0].rsplit("/", 1)[-1] for p in LOADABLE]
)
def test_loads_with_the_right_shape_and_types(read, path, rows, columns, telling):
    table = read(path)
    assert table.frame.shape == (rows, columns)
    assert {name: kinds(table)[name] for name in telling} == telling
    assert isinstance(table.frame.index, pd.RangeIndex)


def test_airedale_signs_dates_and_footer(read):
    table = read("dirty/airedale_nhs_spend.csv")
    assert table.frame["Amount"].iloc[0] == 43774.58
    assert table.frame["Amount"].min() == -25728.0
    assert table.frame["Payment Date"].iloc[-1] == pd.Timestamp(2010, 7, 30)
    assert table.reading.footer == ["Report created October 10 - RX7 RWW"]


def test_beers_units_stay_text_and_are_reported(read):
    table = read("dirty/beers_dirty.csv.gz")
    assert any("units" in note for note in table.reading.column("ounces").notes)
    assert any(note.startswith("mixed") for note in table.reading.column("abv").notes)
    assert table.reading.column("ibu").missing_marks == {"N/A": 1004}
    assert table.frame["ibu"].isna().sum() == 1004


def test_books_codes_keep_their_zeros(read):
    table = read("dirty/bl_flickr_books.csv.gz")
    assert table.frame["Identifier"].iloc[0] == "000000206"
    assert table.frame["Date of Publication"].iloc[0] == "1879 [1878]"


def test_flights_not_available_is_missing(read):
    table = read("dirty/flights_dirty.csv.gz")
    assert table.frame["act_dep_time"].isna().sum() == 376 + 18


def test_imdb_backslashes_escape_commas(read):
    table = read("dirty/imdb_100.csv")
    assert table.reading.escape == "\\"
    assert table.frame["title"].iloc[64].startswith("Dr. Seltsam, oder wie ich lernte, die Bombe")


def test_montreal_short_rows_are_filled(read):
    table = read("dirty/montreal_bikes_2012.csv")
    assert table.reading.encoding == "cp1252"
    assert table.frame["Berri 1"].sum() == 925365
    assert table.frame["Date"].is_monotonic_increasing
    assert any("leave out" in note for note in table.reading.notes)


def test_olympics_second_line_names_and_totals_are_cut(read):
    table = read("dirty/olympics.csv")
    assert table.reading.header_row == 1
    assert table.reading.footer[0].startswith("Totals")
    assert table.frame["Combined total"].sum() == 17579


def test_uk_milk_is_tab_separated_whatever_its_name(read):
    table = read("dirty/uk_milk.csv")
    assert table.reading.delimiter == "\t"
    assert len(table.reading.footer) == 9
    assert table.frame.iloc[-1, 0] == "Jun-15"
    numeric = [k for k in kinds(table).values() if k in ("number", "integer")]
    assert len(numeric) == 21


def test_bike_mixed_dates_are_consecutive_days(read):
    table = read("dirty/made/bike_day_mixed_dates_made.csv.gz")
    assert list(table.frame["dteday"]) == list(pd.date_range("2011-01-01", "2012-12-31"))
    assert table.frame["temp"].iloc[0] == 0.344167
    assert table.reading.column("temp").decimal == ","
    assert len(table.reading.column("dteday").date_forms) == 5


def test_titanic_repeated_headers_and_total_are_cut(read):
    table = read("dirty/made/titanic_repeated_headers_made.csv")
    assert table.reading.repeated_headers == 4
    assert table.reading.footer == ["Total 342"]
    assert table.frame.drop_duplicates().shape == (891, 12)


def test_pollock_two_line_header_spans(read):
    table = read("dirty/pollock/business_expenses_apr_jun_14_peter_lewis.csv")
    assert list(table.frame.columns) == [
        "Dates", "Destination", "Purpose", "Travel Air", "Travel Rail", "Travel Taxi/Car",
        "Travel Accomodation/Meals", "Other", "Total Cost",
    ]  # fmt: skip
    assert table.frame["Total Cost"].sum() == pytest.approx(270.10)
    assert table.reading.column("Total Cost").removed == "£"


def test_pollock_preamble_of_settings_is_set_aside(read):
    table = read("dirty/pollock/dd_Wickenburg_nobmp_623.csv.gz")
    assert table.reading.header_row == 12
    assert len(table.reading.preamble) == 12
    assert table.frame.notna().to_numpy().all()


@pytest.mark.parametrize(
    ("path", "line", "rows", "columns"),
    [
        ("dirty/pollock/mos-oct-dec-2014.csv", 40, 35, 4),
        ("dirty/pollock/20170320-ePC_Data-Travel-Stationery.csv", 12, 6, 2),
    ],
)
def test_several_tables_in_one_file_are_refused_with_the_line(read, path, line, rows, columns):
    with pytest.raises(DataReadError, match=f"second begins in line {line} ") as caught:
        read(path)
    first = int(caught.value.next_step.split("header_row=")[1].split()[0])
    assert read(path, header_row=first).frame.shape == (rows, columns)


TABULAR = [
    ("tabular/titanic.csv.gz", 891, 12, 866),
    ("tabular/adult_train.csv.gz", 32561, 15, 4262),
    ("tabular/adult_test.csv.gz", 16281, 15, 2203),
    ("tabular/telco_churn.csv.gz", 7043, 21, 11),
    ("tabular/california_housing.csv.gz", 20640, 10, 207),
    ("tabular/bike_sharing_hour.csv.gz", 17379, 17, 0),
    ("tabular/bike_sharing_day.csv.gz", 731, 16, 0),
    ("tabular/segment_challenge.csv.gz", 1500, 20, 0),
    ("tabular/ames_housing.csv.gz", 2930, 82, 13997),
    ("imbalanced/vehicle_claim_fraud.csv.gz", 15420, 33, 0),
    ("imbalanced/creditcard_fraud_sample.csv.gz", 1722, 32, 0),
    ("imbalanced/datacar_insurance_claims.csv.gz", 67856, 11, 0),
    ("text/sms_spam.csv.gz", 5574, 2, 0),
    ("text/rt_polarity.csv.gz", 10662, 2, 0),
    ("anomaly/nab/nyc_taxi.csv.gz", 10320, 2, 0),
    ("forecasting/m3_all.parquet", 236210, 7, None),
]


@pytest.mark.parametrize(
    ("path", "rows", "columns", "missing"), TABULAR, ids=[p[0].rsplit("/", 1)[-1] for p in TABULAR]
)
def test_clean_sets_load_with_their_known_missing_cells(read, path, rows, columns, missing):
    frame = read(path).frame
    assert frame.shape == (rows, columns)
    if missing is not None:
        assert frame.isna().to_numpy().sum() == missing


def test_telco_blank_charges_are_missing_numbers(read):
    table = read("tabular/telco_churn.csv.gz")
    assert kinds(table)["TotalCharges"] == "number"
    assert (table.frame.loc[table.frame["TotalCharges"].isna(), "tenure"] == 0).all()


def test_ames_none_is_a_category_and_na_is_missing(read):
    table = read("tabular/ames_housing.csv.gz")
    assert (table.frame["Mas Vnr Type"] == "None").sum() == 1752
    assert table.frame["Alley"].isna().sum() == 2732
    kept = read("tabular/ames_housing.csv.gz", kept_marks=["NA"])
    assert (kept.frame["Alley"] == "NA").sum() == 2732


def test_bike_dates_are_day_first(read):
    frame = read("tabular/bike_sharing_hour.csv.gz").frame
    assert frame["dteday"].is_monotonic_increasing
    assert frame["dteday"].iloc[-1] == pd.Timestamp(2012, 12, 31)
