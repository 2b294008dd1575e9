"""Every word of a request that says something is in the reading or is named as not used; what is left out is never sure."""

import json
import re

import pytest
from test_prompts import HERE, prompts

TABLES = re.compile(r"\b(customers?|orders|products?|reviews?|categor(?:y|ies))\b")


def asked(aludel, request):
    done = aludel.run("ask", request, "--project", HERE / "shop", "--no-run", "--json")
    return json.loads(done.out)


def selects():
    return [r for r, sql in prompts() if sql.upper().startswith(("SELECT", "WITH"))]


def with_adjective(request):
    """An unknown adjective before the last table that is named."""
    last = list(TABLES.finditer(request))[-1]
    return request[: last.start()] + "wobbly " + request[last.start() :]


def with_tail(request):
    return request.rstrip("?.") + " with 7341 glimmers"


def told(answer, word):
    """The sentence of the reading, a default in the code, or what was not used."""
    return word in answer["markdown"].lower()


@pytest.mark.parametrize("change, words", [(with_adjective, ["wobbly"]), (with_tail, ["7341", "glimmers"])])
def test_unknown_words(aludel, change, words):
    silent, sure = [], []
    for request in selects():
        if not TABLES.search(request):
            continue
        answer = asked(aludel, change(request))
        if "```python" not in answer["markdown"]:
            continue
        silent += [(change(request), w) for w in words if not told(answer, w.rstrip("s"))]
        if "not used" in answer["markdown"] and answer["confident"]:
            sure.append(change(request))
    assert not silent, json.dumps(silent, indent=1)
    assert not sure, json.dumps(sure, indent=1)


@pytest.mark.parametrize(
    "request_, word",
    [
        ("all customers, could you show only the wobbly ones", "wobbly"),
        ("Hi team, all customers", "team"),
        ("fetch wobbly customers by email", "wobbly"),
        ("available products", "available"),
        ("customers who have at least 3", "least"),
    ],
)
def test_named_as_not_used(aludel, request_, word):
    answer = asked(aludel, request_)
    assert re.search(r"not used: [^\n]*\b%s\b" % word, answer["markdown"]), answer["markdown"]
    assert not answer["confident"]


@pytest.mark.parametrize(
    "request_, part",
    [
        ("orders, could you show only those with total over 50", "Order.total >"),
        ("for customers in Berlin, I want to see the orders", "Customer.city =="),
        ("find active customers by email", "Customer.active"),
    ],
)
def test_talk_takes_no_condition(aludel, request_, part):
    assert part in asked(aludel, request_)["markdown"]


def test_half_a_change_is_refused(aludel):
    for request in (
        "delete 3 orders",
        "delete orders until 1987 glimmers",
        "delete customers, page 2 size 10",
        "delete orders without items or total 0",
        "delete customers and their orders",
        "delete customers inactive for 90 days",
        "delete duplicate customers",
        "remove orders nobody paid",
    ):
        assert not re.search(r"delete\((Order|Customer)\)", asked(aludel, request)["markdown"]), request


def test_a_change_is_not_answered_by_rows(aludel):
    for request in ("delete the customer with the most orders", "set city to null for customers without orders", "update customer 3: city Hamburg"):
        assert "select(" not in asked(aludel, request)["markdown"], request
