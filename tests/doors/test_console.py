"""The console on a small book: figures, postings behind them, statements, rights, languages.

The cast: bob works for the lender and may view the book, charlie may not; anonymous is nobody.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from pages import client, text

FIRST, LAST = date(2005, 4, 1), date(2005, 6, 9)
COMPONENTS = ("principal", "interest", "fee", "penalty")


pytestmark = pytest.mark.usefixtures("seen_contexts")


def paths(response: Any) -> list[str]:
    """Every address that a page leads to."""
    return re.findall(r'(?:href|src|srcset|action)="([^"#]+)', response.content.decode())


def test_the_figures_of_a_day_add_up_to_the_ledger(book: dict[str, int]) -> None:
    from django.db import connection

    from duecourse.book import figures

    told = figures.of_day(LAST, currency="TWD")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(principal), 0), coalesce(sum(interest), 0), coalesce(sum(fee), 0), "
                       "coalesce(sum(penalty), 0), -coalesce(sum(credit), 0) FROM ledger_entry "
                       "WHERE account_id IS NOT NULL AND booked_day <= %s", [LAST])  # fmt: skip
        posted = list(map(int, cursor.fetchone()))
    assert [told.sums[name] for name in (*COMPONENTS, "credit")] == posted
    assert told.owed == sum(posted[:4])
    for parts in (told.buckets, told.stages, told.classes):
        assert sum(part.accounts for part in parts) == told.sums["accounts"] == 4
        assert sum(part.owed for part in parts) == told.owed
        assert sum(part.past_due for part in parts) == told.sums["past_due"]
    assert client().get("/").context["book"] == told


def test_the_summary_agrees_with_the_days_themselves(book: dict[str, int]) -> None:
    from duecourse.book import figures, read

    for day in (FIRST, date(2005, 4, 30), date(2005, 5, 21), LAST):
        rows = read.day(day, known_on=day).to_pandas()
        told = figures.of_day(day, currency="TWD")
        assert told.sums["accounts"] == len(rows)
        assert told.sums["late"] == (rows.days_past_due > 0).sum()
        assert told.sums["past_due"] == rows.past_due_minor.sum()
        assert told.sums["accrued"] == (rows.interest_to_date + rows.penalty_to_date).sum()
        assert [part.accounts for part in told.buckets] == [(rows.bucket == place).sum() for place in range(8)]


def test_a_day_that_is_sealed_anew_is_summed_anew(book: dict[str, int]) -> None:
    import pyarrow.parquet as pq

    from duecourse.book import figures, parquet, summary

    place = parquet.root() / "summary.parquet"
    before = figures.of_day(LAST, currency="TWD")
    rows = pq.read_table(place).to_pylist()
    for row in rows:
        if row["day"] == LAST:
            row |= {"digest": "sealed before", "principal": 1}
    import pyarrow as pa

    pq.write_table(pa.Table.from_pylist(rows, schema=summary.SUMMARY), place)
    assert figures.of_day(LAST, currency="TWD") == before


def test_the_roll_counts_every_account_once(book: dict[str, int]) -> None:
    from duecourse.book import figures

    roll = figures.roll(LAST, currency="TWD")
    assert roll is not None
    assert roll.since == date(2005, 5, 31)
    assert sum(row.accounts for row in roll.rows) == 4
    for row in roll.rows:
        assert sum(cell.accounts for cell in row.cells) == row.accounts
        if row.accounts:
            assert sum(cell.share_ppm for cell in row.cells) == pytest.approx(1_000_000, abs=8)
    assert figures.roll(date(2005, 4, 20), currency="TWD") is None
    assert "nothing to compare with" in text(client().get("/?day=2005-04-20"))


def test_the_history_has_every_sealed_day(book: dict[str, int]) -> None:
    from duecourse.book import figures

    points = figures.history(through=LAST, currency="TWD")
    assert sorted({point.day for point in points}) == [FIRST + timedelta(days=i) for i in range(70)]
    for through, accounts, share in ((date(2005, 6, 4), 1, 250_000), (LAST, 2, 500_000)):  # a payment bounced on 5 June
        points = figures.history(through=through, currency="TWD")
        late = [point for point in points if point.day == date(2005, 5, 31) and point.bucket == 1]
        assert (late[0].accounts, late[0].share_ppm) == (accounts, share)


@pytest.mark.parametrize(("language", "words"), [
    ("en", "Accounts corrected since this day was sealed: 1"),
    ("zh-hans", "该日封账后更正的账户： 1"),
])  # fmt: skip
def test_the_page_of_a_day_names_the_accounts_that_were_corrected_since(
    book: dict[str, int], language: str, words: str
) -> None:
    """The payment of 15 May bounced on 5 June: since then the days between are known without it."""
    response = client(language=language).get("/?day=2005-05-21")
    assert words in text(response)
    assert "/accounts/L-1" in paths(response)
    assert "bounced" in text(response)
    assert "2005-05-15" in text(response)
    assert words[:-2] not in text(client(language=language).get("/?day=2005-05-14"))


@pytest.mark.parametrize("number", ["L-1", "L-2", "L-3", "L-4"])
@pytest.mark.parametrize("figure", ["owed", *COMPONENTS, "credit", "suspended", "charged_off"])
def test_the_running_total_of_postings_ends_in_the_figure(book: dict[str, int], number: str, figure: str) -> None:
    from duecourse.ledger.tables import Balance

    response = client().get(f"/accounts/{number}?figure={figure}")
    page, steps = response.context["page"], response.context["steps"]
    row = Balance.objects.get(account_id=book[number])
    parts = {
        "principal": row.unbilled + row.bearing + row.window + row.revolving + row.past_due,
        "interest": row.interest,
        "fee": row.fee,
        "penalty": row.penalty,
    }
    held = {**parts, "owed": sum(parts.values()), "credit": row.credit, "suspended": row.suspended}
    held["charged_off"] = row.charged_off
    assert page.figures == held
    assert (steps[-1].total if steps else 0) == held[figure]
    cells = re.findall(r"[\d,]+\.\d\d", text(response).split("What makes up")[1])
    if steps:
        assert cells[-1] == cells[-2] == f"{held[figure] / 100:,.2f}"


def test_an_accounts_page_stands_where_the_sealed_day_says(book: dict[str, int]) -> None:
    from duecourse.book import read as days
    from duecourse.servicing import read

    rows = days.day(LAST).to_pandas().set_index("account_id")
    for number, account_id in book.items():
        row, page = rows.loc[account_id], read.account(number=number)
        stand = page.standing
        assert page.closed == LAST
        assert (stand.days_past_due, stand.bucket, stand.stage, stand.risk_class, stand.past_due, stand.missed) == (
            row.days_past_due, row.bucket, row.stage, row.risk_class, row.past_due_minor, row.missed,
        )  # fmt: skip
        assert (stand.accrued_interest, stand.accrued_penalty) == (row.interest_to_date, row.penalty_to_date)


def test_a_reversed_payment_is_marked_and_the_correction_beside_the_statement(book: dict[str, int]) -> None:
    page = client().get("/accounts/L-1")
    said = text(page)
    lines = {line.id: line for line in page.context["page"].lines}
    undone = next(line for line in lines.values() if line.kind == 4 and line.reversed_by)
    assert f"reversed by {undone.reversed_by}" in said
    assert f"reverses {undone.id}" in said
    assert lines[undone.reversed_by].amounts == {name: -amount for name, amount in undone.amounts.items()}
    assert "corrected" in said
    assert "bounced" in said
    sent = text(client().get("/accounts/L-1/statements/2005-05-31?version=1"))
    corrected = text(client().get("/accounts/L-1/statements/2005-05-31"))
    assert "payment −300.00" in sent
    assert "reversed" not in sent.split("Bought, paid")[0]
    assert "version 2" in corrected


def test_a_statement_adds_up_from_its_cycle(book: dict[str, int]) -> None:
    browser = client()
    seen = 0
    for number in book:
        for bill in browser.get(f"/accounts/{number}").context["page"].statements:
            told = browser.get(
                f"/accounts/{number}/statements/{bill.cycle_on}?version={bill.version}"
            ).context["told"]  # fmt: skip
            assert told.statement == bill
            assert told.closing == bill.balance
            assert told.opening + sum(one.amount for one in told.movements) == bill.balance
            seen += 1
    assert seen >= 7


def test_a_purchase_on_a_suspended_line_over_its_limit_is_listed(book: dict[str, int]) -> None:
    said = text(client().get("/accounts/L-2"))
    assert "2005-05-26 line suspended 7,000.00" in said
    assert "2005-05-26 over the limit 7,000.00" in said


def test_every_link_leads_somewhere(book: dict[str, int]) -> None:
    browser = client()
    seen: list[str] = []
    charts = 0
    coming = ["/", "/accounts/L-1", "/accounts/L-4"]
    while coming and len(seen) < 60:
        path = coming.pop(0).replace("&amp;", "&")
        if path in seen or path.startswith(("/static/", "/logout", "/language")):
            continue
        charts += "/charts/" in path
        if "/charts/" in path and charts > 2:
            continue
        seen.append(path)
        response = browser.get(path)
        assert response.status_code == 200, path
        if response["Content-Type"].startswith("text/html"):
            page = path.split("?")[0]
            coming += [page + found if found.startswith("?") else found for found in paths(response)]
    assert any("figure=principal" in path for path in seen)
    assert any("/statements/" in path for path in seen)
    assert charts


@pytest.mark.parametrize("path", ["/", "/?day=2005-05-01", "/charts/buckets.svg", "/accounts", "/accounts/L-1",
                                  "/accounts/L-1/statements/2005-05-31", "/accounts/nobody"])  # fmt: skip
def test_only_people_with_the_right_come_in(book: dict[str, int], path: str) -> None:
    nobody = client(None).get(path)
    assert nobody.status_code == 302
    assert nobody["Location"].startswith("/login?next=/")
    refused = client("charlie").get(path)
    assert refused.status_code == 403
    assert "You may not see this page" in text(refused)
    assert "L-1" not in text(refused)
    assert client("bob").get(path).status_code == (404 if path.endswith("nobody") else 200)


def test_signing_in_and_out(book: dict[str, int]) -> None:
    browser = client(None)
    wrong = browser.post("/login", {"username": "bob", "password": "not it"})
    assert "do not match" in text(wrong)
    told = browser.post("/login?next=/accounts/L-1", {"username": "bob", "password": "may view the book"})
    assert told.status_code == 302
    cookie = told.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert browser.get("/").status_code == 200
    browser.post("/logout")
    assert browser.get("/").status_code == 302


def test_the_login_form_does_not_lead_away(book: dict[str, int]) -> None:
    told = client(None).post(
        "/login", {"username": "bob", "password": "may view the book", "next": "https://evil.example/"}
    )
    assert told["Location"] == "/"


def test_forms_ask_for_their_token(book: dict[str, int]) -> None:
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/login", {"username": "bob", "password": "may view the book"}).status_code == 403
    assert browser.post("/language", {"language": "en"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/accounts/L-1", "/accounts"])
def test_pages_are_only_read(book: dict[str, int], path: str) -> None:
    assert client().post(path).status_code == 405


def test_the_language_is_the_browsers_until_one_is_chosen(book: dict[str, int]) -> None:
    browser = client("bob", "zh-TW,zh;q=0.9,en;q=0.5")
    said = text(browser.get("/"))
    assert "逾期分档" in said
    assert "Buckets" not in said
    told = browser.post("/language", {"language": "en", "next": "/accounts/L-1"})
    assert told["Location"] == "/accounts/L-1"
    assert told.cookies["duecourse_language"].value == "en"
    assert "Buckets" in text(browser.get("/"))
    assert "还款" in text(client("bob", "zh-CN").get("/accounts/L-1"))
    assert "Share of all accounts".lower() in client("bob", "en").get("/charts/buckets.svg").content.decode()
    assert "占全部账户的比例" in client("bob", "zh").get("/charts/buckets.svg").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_day_that_is_not_sealed_says_so(book: dict[str, int], language: str) -> None:
    told = client("bob", language).get("/?day=2005-06-10")
    assert told.status_code == 404
    assert ("is not sealed" if language == "en" else "尚未封账") in text(told)
    assert 'href="/"' in told.content.decode()


@pytest.mark.parametrize("path", ["/?day=yesterday", "/?day=2005-02-30", "/?currency=XXX", "/accounts/none",
                                  "/nothing",
                                  "/accounts/L-1?figure=luck", "/accounts/L-1/statements/2005-05-30",
                                  "/accounts/L-1/statements/2005-13-01",
                                  "/accounts/L-1/statements/2005-05-31?version=9",
                                  "/accounts/L-1/statements/2005-05-31?version=x", "/charts/buckets.svg?shape=round",
                                  "/charts/buckets.svg?day=2005-06-10"])  # fmt: skip
def test_what_is_not_there_is_not_found(book: dict[str, int], path: str) -> None:
    told = client().get(path)
    assert told.status_code == 404
    assert "no such page" in text(told)


def test_an_account_is_found_by_its_number_or_its_beginning(book: dict[str, int]) -> None:
    assert client().get("/accounts?number=L-2")["Location"] == "/accounts/L-2"
    assert client().get("/accounts?number=L-").context["found"] == ["L-1", "L-2", "L-3", "L-4"]
    assert "No account number begins" in text(client().get("/accounts?number=%25"))
    page = client().get("/accounts", {"number": '"><script>'}).content.decode()
    assert "<script>" not in page


def test_the_headers_allow_nothing_from_elsewhere(book: dict[str, int]) -> None:
    for path in ("/", "/login", "/nothing", "/charts/buckets.svg"):
        headers = client().get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "private" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"]
    page = client().get("/").content.decode()
    assert "<script" not in page
    assert " style=" not in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)


def test_the_demo_signs_in_visitors_from_this_machine_alone(book: dict[str, int], settings_demo: None) -> None:
    here = client(None)
    assert "public, anonymous data" in text(here.get("/"))
    assert here.get("/", REMOTE_ADDR="10.0.0.7").status_code == 302
    assert here.get("/", headers={"x-forwarded-for": "10.0.0.7"}).status_code == 302
    assert client(None).post("/login", {"username": "demo", "password": ""}).status_code == 200


@pytest.fixture
def settings_demo() -> Iterator[None]:
    from django.test import override_settings

    with override_settings(DEMO=True):
        yield


def test_a_book_without_a_sealed_day_says_so(db: str) -> None:
    from duecourse.web import staff

    staff.admit(username="bob", password=None)
    assert "No day is sealed yet" in text(client().get("/"))


def test_the_watch_list_gives_chances_and_reasons(book: dict[str, int]) -> None:
    from duecourse.risk.tables import Warning

    assert "has not been scored" in text(client().get("/?day=2005-05-01"))
    Warning.objects.create(day=date(2005, 5, 2), account_id=book["L-3"], rank=1, chance_ppm=731_000, model="m",
                           reasons=[{"code": "limit_used", "value": 91}])  # fmt: skip
    assert "1 L-3 73.1% uses 91% of the limit" in text(client().get("/?day=2005-05-02"))
    assert "已使用额度的91%" in text(client("bob", "zh").get("/?day=2005-05-02"))


def test_every_product_of_the_house_has_a_name(book: dict[str, int]) -> None:
    from importlib.resources import files

    from duecourse.web.console import words

    places = files("duecourse.rules").joinpath("house/products").iterdir()
    assert {place.name.removesuffix(".toml") for place in places} == set(words.PRODUCTS)


def test_a_fault_of_ours_says_so_and_is_logged(
    book: dict[str, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from duecourse.book import figures

    def fail(*told: object, **also: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(figures, "close_of", fail)
    browser = client()
    browser.raise_request_exception = False
    told = browser.get("/")
    assert told.status_code == 500
    assert "Something went wrong here" in text(told)
    assert "the disk is full" not in text(told)
    assert "the disk is full" in caplog.text
