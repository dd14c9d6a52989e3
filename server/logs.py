"""Structured logs: one JSON object per line, or coloured lines for people."""

from __future__ import annotations

import logging
import sys

import structlog

from server.request_ids import add_request_id
from server.settings import Settings

#: without local variables: they may hold what no log should
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def configure_logs(settings: Settings) -> None:
    """Set up structlog for the process; the standard library's loggers keep to warnings."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    processors: list[structlog.typing.Processor] = [
        add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_format == "json":
        processors += [_TRACEBACKS, structlog.processors.JSONRenderer()]
    else:
        tracebacks = structlog.dev.RichTracebackFormatter(show_locals=False)
        processors.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=tracebacks))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)
