"""Running a study: units of work, a journal that survives a kill, any executor, one page."""

from symmetra.studies.runner._claim import FAILS, HOLDS, OPEN, Claim, ClaimPlan, Decision, decided
from symmetra.studies.runner._journal import Journal
from symmetra.studies.runner._rounded import rounded
from symmetra.studies.runner._run import journal_path, results, run, units
from symmetra.studies.runner._study import STUDIES, Study, study
from symmetra.studies.runner._unit import Unit

__all__ = ["STUDIES", "Study", "Unit", "Journal", "study", "run", "results", "units", "journal_path", "rounded"]
__all__ += ["Claim", "ClaimPlan", "Decision", "decided", "HOLDS", "FAILS", "OPEN"]
