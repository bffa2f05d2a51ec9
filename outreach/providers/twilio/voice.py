"""The answer to a call: TwiML that says sentences and hangs up.

Source: Twilio, "TwiML Voice: <Say>" (2026): `language` takes the tag of a voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from twilio.twiml.voice_response import VoiceResponse

CONTENT_TYPE = "text/xml"
_TIMES = 2
_PAUSE_SECONDS = 1


def say_and_hang_up(parts: Iterable[tuple[str, Sequence[str]]]) -> str:
    """XML that says each part, a voice's tag with its sentences, and all of it once more."""
    spoken = list(parts)
    answer = VoiceResponse()
    for _ in range(_TIMES):
        for voice, sentences in spoken:
            for sentence in sentences:
                answer.say(sentence, language=voice)
            answer.pause(length=_PAUSE_SECONDS)
    answer.hangup()
    return str(answer)
