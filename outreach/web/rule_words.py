"""Why a reply was understood as it was, in words for the people who decide about it.

Owns the words for the names of the reading's rules. A rule without words here is shown by its
name: it says little, but nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop

_RULES: Mapping[str, str] = {
    "keyword": gettext_noop("The whole message is a command"),
    "stop sign": gettext_noop("The whole message is a stop sign"),
    "provider: STOP": gettext_noop("The provider read it as STOP"),
    "provider: START": gettext_noop("The provider read it as START"),
    "provider: HELP": gettext_noop("The provider read it as HELP"),
    "unsubscribe mailbox": gettext_noop("It came to the mailbox for unsubscribing"),
    "mail program's unsubscribe": gettext_noop("The mail program's unsubscribe button"),
    "a digit to our question": gettext_noop("A digit that answers our question"),
    "a stop with a topic": gettext_noop("A stop that names a topic"),
    "bare request": gettext_noop("Nothing but words of stopping"),
    "command among others": gettext_noop("A command to stop among other words"),
    "stop sending": gettext_noop("Asks us to stop sending"),
    "do not want": gettext_noop("Does not want the messages"),
    "no more messages": gettext_noop("Asks for no more messages"),
    "take me off": gettext_noop("Asks to be taken off"),
    "says it all": gettext_noop("Words that mean unsubscribing"),
    "do not send": gettext_noop("Asks us not to send"),
    "look-alike letters": gettext_noop("A stop in letters that look alike"),
    "keyword with figures": gettext_noop("A stop with figures at its edge"),
    "mistyped phrase": gettext_noop("A stop with a typing error"),
    "written several times": gettext_noop("A stop, written several times"),
    "keyboard layout": gettext_noop("A stop on another keyboard layout"),
    "wants messages again": gettext_noop("Asks for the messages again"),
    "in doubt": gettext_noop("It may be a stop, or not"),
    "words of stopping, unclear whom": gettext_noop(
        "Words of stopping, and it is unclear who should stop"
    ),
    "a cry of few words": gettext_noop("A few angry words"),
    "messages reach nobody here": gettext_noop("Says that our messages reach nobody there"),
    "a language that we do not know": gettext_noop("A language that we do not know"),
    "our reader failed": gettext_noop("Our program could not read it: please read it yourself"),
    "disclosure": gettext_noop("Tells of harm"),
    "signs of harm": gettext_noop("Several words together that speak of harm"),
    "a life in danger": gettext_noop("A life may be in danger"),
    "perhaps harm": gettext_noop("It may speak of harm"),
    "second opinion": gettext_noop("All words weighed together"),
    "a stop beside harm": gettext_noop("A stop, with words of harm beside it"),
    "a stop beside a child in trouble": gettext_noop(
        "A stop, with words of a child in trouble beside it"
    ),
    "a stop beside other words": gettext_noop("A stop, with other words beside it"),
    "a stop beside a child and no reason": gettext_noop(
        "A stop, with words about a child beside it and no reason"
    ),
    "a stop beside words of another kind": gettext_noop(
        "A stop, with words of another kind beside it"
    ),
    "a stop beside a mistyped word of harm": gettext_noop(
        "A stop, with a word beside it that may be a mistyped word of harm"
    ),
    "a stop beside mistyped words of harm": gettext_noop(
        "A stop, with words beside it that may be mistyped words of harm"
    ),
    "a stop beside letters of harm": gettext_noop(
        "A stop, with words beside it whose letters look like words of harm"
    ),
    "all words together": gettext_noop("All words and their meanings weighed together"),
    "opens with a stop": gettext_noop("Begins with a stop and goes on with other words"),
    "a stop beside a wish to go on": gettext_noop(
        "A stop, with a wish for further messages beside it"
    ),
    "reaction of a phone": gettext_noop("A phone's reaction to our message"),
    "automatic: away": gettext_noop("An automatic answer: away"),
    "nothing to do": gettext_noop("No rule of ours found anything"),
}
_AUTOMATIC = "automatic: "


def rule_words(name: str) -> str:
    """The words for a rule's name."""
    if words := _RULES.get(name):
        return gettext(words)
    if name.startswith(_AUTOMATIC):
        why = name.removeprefix(_AUTOMATIC)
        return gettext("An automatic answer, by its head: {why}").format(why=why)
    return name
