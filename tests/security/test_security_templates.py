"""Templates come from people: no known way out of Jinja's sandbox is even read.

Two walls: the reader, which knows only variables, tests and loops (promise: tests/content), and
Jinja's own sandbox behind it, of a version without the published holes. The second is tried by
itself here, so that it holds when somebody widens the first.
"""

from __future__ import annotations

import pytest
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.content.sandbox import _ENVIRONMENT, compile_piece
from outreach.core.errors import Problem

# Each by the number under which it was published.
ESCAPES = {
    "CVE-2014-1402": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "CVE-2016-10745": "{{ '{0.__class__.__mro__}'.format(name) }}",
    "CVE-2019-8341": "{{ self._TemplateReference__context.environment.from_string('x') }}",
    "CVE-2019-10906": "{{ '{x.__class__.__mro__}'.format_map({'x': name}) }}",
    "CVE-2020-28493": "{{ ('x@' + 'a.' * 9000) | urlize }}",
    "CVE-2024-22195": "{{ {'onclick=alert(1) a': 1} | xmlattr }}",
    "CVE-2024-34064": "{{ {'a/onclick=alert(1)': 1} | xmlattr }}",
    "CVE-2024-56201": "{% import name ~ '.txt' as other %}{{ other }}",
    "CVE-2024-56326": "{% set f = '{0.__class__}'.format %}{{ [name] | map(f) | list }}",
    "CVE-2025-27516": "{{ ('{0.__class__.__mro__}' | attr('format'))(name) }}",
    "globals of a function": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "globals of lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "attribute by a filter": "{{ name | attr('__class__') }}",
    "attribute in hexadecimal": "{{ name['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "attribute by map": "{{ [name] | map(attribute='__class__') | list }}",
    "request of a framework": "{{ request.application.__globals__ }}",
    "settings of a framework": "{{ settings.SECRET_KEY }}",
    "a comprehension of work": "{% for a in range(9 ** 9) %}{{ a }}{% endfor %}",
    "much memory": "{{ 'x' * (10 ** 10) }}",
    "a change of a list": "{{ [].append(1) }}",
    "extensions": "{% do 1 %}",
    "debugging": "{% debug %}",
    "translations": "{% trans %}{{ name }}{% endtrans %}",
    "code of a caller": "{% call(x) name() %}{% endcall %}",
}
# Jinja's sandbox bounds no arithmetic: against these the reader stands alone.
_READER_ALONE = {"much memory", "a comprehension of work"}


@pytest.mark.parametrize("name", sorted(ESCAPES))
def test_known_way_out_of_the_sandbox_is_not_even_read(name: str) -> None:
    found = compile_piece(ESCAPES[name], "text")
    assert isinstance(found, list)
    assert all(isinstance(problem, Problem) for problem in found)


@pytest.mark.parametrize("name", sorted(set(ESCAPES) - _READER_ALONE))
def test_the_sandbox_behind_the_reader_holds_by_itself(name: str) -> None:
    """The very environment of our texts, without the reader in front."""
    with pytest.raises((TemplateError, TypeError)):
        _ENVIRONMENT.from_string(ESCAPES[name]).render(name="Anna")


def test_the_sandbox_has_nothing_to_begin_with() -> None:
    assert isinstance(_ENVIRONMENT, ImmutableSandboxedEnvironment)
    assert (_ENVIRONMENT.loader, dict(_ENVIRONMENT.globals), _ENVIRONMENT.extensions) == (
        None,
        {},
        {},
    )
    # Nothing that reads attributes, joins, repeats or marks text as safe.
    assert set(_ENVIRONMENT.filters) <= {"length", "upper", "lower", "print value"}


def test_a_value_that_looks_like_a_template_is_printed_as_it_is() -> None:
    """What people are called is never compiled."""
    piece = _ENVIRONMENT.from_string("{{ name }}")
    assert piece.render(name="{{ 7 * 7 }}{% raw %}") == "{{ 7 * 7 }}{% raw %}"
