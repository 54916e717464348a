"""From what was seen to findings: pure functions, one for each probe.

What was seen is told in few words; the made-up key is never among them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.mimocode.audit import answers, contest, sent
from reconciler.mimocode.audit.cases import Case, held
from reconciler.mimocode.audit.probes import PROBES, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.mimocode.audit.cases import Observation, Told
    from reconciler.mimocode.audit.experiments import Subject
    from reconciler.mimocode.audit.probes import Probe

_SHOWN: Final = 160
_MASK: Final = "(the made-up key)"
_TOLD_BY: Final = 12
"""By how many characters the made-up key is told, also where it is cut off."""


def findings(
    subject: Subject, seen: Mapping[str, Observation], probes: Iterable[Probe] = PROBES
) -> tuple[Finding, ...]:
    """Judge probes by what was seen. The same observations give the same findings."""
    return tuple(_finding(probe, subject, seen.get(probe.rests_on)) for probe in probes)


def _finding(probe: Probe, subject: Subject, seen: Observation | None) -> Finding:
    if seen is None:
        return Finding(probe, None, "it was not tried")
    told = JUDGES[probe.id](Case(subject, seen))
    masked = re.sub(re.escape(subject.secret[:_TOLD_BY]) + r"[\w-]*", _MASK, told.seen)
    words = " ".join(masked.replace(seen.root, "…").split())
    shown = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
    return Finding(probe, told.held, shown, round(seen.seconds, 1))


def _ranked(probe: str) -> Callable[[Case], Told]:
    def judge(case: Case) -> Told:
        config = case.config()
        if config is None:
            return case.silence()
        wrong = contest.judged(probe, config)
        return held(so=not wrong, otherwise=wrong)

    return judge


JUDGES: Final[Mapping[str, Callable[[Case], Told]]] = {
    "version_text": answers.version_text,
    "paths_form": answers.paths_form,
    "paths_default": answers.paths_default,
    "paths_xdg": answers.paths_xdg,
    "paths_own_home": answers.paths_own_home,
    "quiet_questions": answers.quiet_questions,
    "config_json": answers.config_json,
    "entry_resolved": answers.entry_resolved,
    "key_file_read": answers.key_file_read,
    "user_files_order": answers.user_files_order,
    "schema_kept": answers.schema_kept,
    "schema_line": answers.schema_line,
    "project_marks": answers.project_marks,
    "fault_told": answers.fault_told,
    "model_lines": answers.model_lines,
    "gates_close": answers.gates_close,
    "wire_request": sent.wire_request,
    "wire_bearer": sent.where_asked(sent.wire_bearer),
    "wire_key_source": sent.where_asked(sent.wire_key_source),
    "wire_model": sent.where_asked(sent.wire_model),
    "wire_no_cache_key": sent.where_asked(sent.wire_no_cache_key),
    "key_stays": sent.where_asked(sent.key_stays),
    **{name: _ranked(name) for name in contest.RULES},
}
"""One judge for each probe."""
