"""The branches of a template: all of them, and which a reader takes."""

from __future__ import annotations

import re
from dataclasses import replace

from content_builders import pack_of, shipped, values

from outreach.content import MessageValues, TemplateKey, TemplateSet, Values
from outreach.core.channels import Channel

TEXT = TemplateKey("en", "x", Channel.SMS)


def taken(pack: TemplateSet, reader: Values, key: TemplateKey = TEXT) -> list[str]:
    met = pack.branches_taken(key, reader)
    return [branch.words for branch in pack.branches(key) if branch in met]


def test_each_condition_has_two_ways_also_where_the_template_says_nothing() -> None:
    pack = pack_of(text_x="Hi{% if recipient.name %} {{ recipient.name }}{% endif %}.")
    ways = [(branch.where, branch.words) for branch in pack.branches(TEXT)]
    assert ways == [
        ("en/x.sms.txt:1", "if recipient.name"),
        ("en/x.sms.txt:1", "unless recipient.name"),
    ]
    assert taken(pack, values(name="Ann")) == ["if recipient.name"]
    assert taken(pack, values(name=None)) == ["unless recipient.name"]


def test_an_elif_is_a_condition_of_its_own_inside_the_way_before() -> None:
    text = (
        "{% if not recipient.name %}A{% elif school.country == 'DE' %}B{% elif message.can_reply "
        "%}C{% else %}D{% endif %} {% if recipient.name and sms.stop_line|length > 3 %}E{% endif %}"
    )
    pack = pack_of(text_x=text)
    assert taken(pack, values(name=None)) == [
        "if not recipient.name",
        "unless recipient.name and sms.stop_line|length > 3",
    ]
    assert taken(pack, values("DE")) == [
        "unless not recipient.name",
        "if school.country == 'DE'",
        "if recipient.name and sms.stop_line|length > 3",
    ]
    reader = replace(values("GB"), message=MessageValues(can_reply=True))
    assert "if message.can_reply" in taken(pack, reader)
    assert "unless message.can_reply" in taken(pack, values("GB"))


def test_of_a_loop_the_ways_of_all_rounds_count_and_its_own_place_does_not() -> None:
    text = (
        "{% for line in help.report %}{% if loop.first %}:{% endif %}"
        "{% if line.url %}{{ line.url }}{% else %}-{% endif %} {% endfor %}"
    )
    pack = pack_of(text_x=text)
    assert [branch.words for branch in pack.branches(TEXT)] == ["if line.url", "unless line.url"]
    assert taken(pack, values("GB")) == ["if line.url", "unless line.url"]


def test_every_text_of_the_packs_tells_its_branches_and_goes_one_way_at_each() -> None:
    reader = values()
    for pack in (shipped("say-no"), shipped("safer-internet-day")):
        for key in pack.template_keys():
            met = pack.branches_taken(key, reader)
            for branch in pack.branches(key):
                # A loop may take both, or have no round.
                if not {"line.", "loop."} & set(re.findall(r"\w+\.", branch.condition)):
                    other = replace(branch, holds=not branch.holds, number=branch.number ^ 1)
                    assert len({branch, other} & met) <= 1
