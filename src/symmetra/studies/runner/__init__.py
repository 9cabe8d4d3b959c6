"""Running a study: units of work, a journal that survives a kill, any executor."""

from symmetra.studies.runner._unit import Unit

__all__ = ["Unit"]
