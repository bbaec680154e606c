"""Everything that can go wrong, by name.

    StimcertError
    +-- RequestError            a request that cannot be understood (exit 2)
    +-- DefinitionError         a device, bench, requirement or accuracy file is wrong: file and dotted key
    |   +-- CalibrationExpired  an instrument or resistor is past its due date
    +-- EnvelopeExceeded        a command outside what the device may ever be told
    +-- NotFinite               NaN, infinity or an instrument's overload answer where a number was due
    +-- NotMeasurable           the record does not hold the quantity asked for
    +-- EvidenceError           a run directory that cannot be written, read or trusted
    |   +-- NoRun               what was named is no run directory (exit 2)
    |   +-- IndexFault          the index over runs cannot be opened, read or written; the runs themselves are whole
    +-- BenchFault              the bench, not the unit: no verdict can rest on it
        +-- ConnectionFault     a peer that is closed, dead or unreachable
        |   +-- NoAnswer        a peer that did not answer within its time-out
        +-- BadAnswer           an answer of the wrong form
        +-- Overload            an answer that says "more than my range"
        +-- Refused             a peer that put an error in its queue or answered one
        +-- IdentityMismatch    another instrument or unit than the bench file names
        +-- TimeLimitExceeded   a condition that did not come true within its limit of bench time
        +-- CrossCheckFailed    two instruments that disagree about one current
        +-- SafeStateUnconfirmed  nobody could read that the output is off

A message says what was asked, of whom, what came back, and what to do.
"""

from __future__ import annotations


class StimcertError(Exception):
    """Base of every error this project raises on purpose."""


class RequestError(StimcertError):
    """A request that cannot be understood; verbs exit 2."""


class DefinitionError(StimcertError):
    """A definition file is wrong.

    Args:
        file: the file as the user named it.
        key: dotted key inside it, empty when the whole file is meant.
        problem: what was seen and what was expected.
    """

    def __init__(self, file: object, key: str, problem: str) -> None:
        self.file = str(file)
        self.key = key
        self.problem = problem
        where = f"{self.file}: {key}" if key else self.file
        super().__init__(f"{where}: {problem}")


class CalibrationExpired(DefinitionError):
    """An instrument or resistor is past its calibration due date."""


class EnvelopeExceeded(StimcertError):
    """A command outside the envelope that no command may leave."""


class NotFinite(StimcertError):
    """NaN, infinity or an overload answer met at a numeric door."""


class NotMeasurable(StimcertError):
    """The record does not hold the quantity asked for, and why."""


class EvidenceError(StimcertError):
    """A run directory that cannot be written, read or trusted."""


class NoRun(EvidenceError):
    """What was named is no run directory, or is not there; verbs exit 2."""


class IndexFault(EvidenceError):
    """The index over runs cannot be opened, read or written; no run is the worse for it."""


class BenchFault(StimcertError):
    """The bench failed; nothing can be said about the unit."""


class ConnectionFault(BenchFault):
    """A peer is closed, dead or unreachable."""


class NoAnswer(ConnectionFault):
    """A peer did not answer within its time-out."""


class BadAnswer(BenchFault):
    """An answer of the wrong form."""


class Overload(BenchFault):
    """An instrument says that its input is beyond its range."""


class Refused(BenchFault):
    """A peer refused a command."""


class IdentityMismatch(BenchFault):
    """Another instrument or unit answers than the bench file names."""


class TimeLimitExceeded(BenchFault):
    """A condition did not come true within its limit of bench time."""


class CrossCheckFailed(BenchFault):
    """Two instruments disagree about one current by more than their uncertainty."""


class SafeStateUnconfirmed(BenchFault):
    """The residual current could not be read, so nobody knows that the output is off."""
