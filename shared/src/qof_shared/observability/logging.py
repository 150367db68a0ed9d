"""How a process speaks: one JSON object a line, a sentence plus a machine-readable `action` and ids."""

import logging
import logging.config


def configure_logging(service: str, process: str, level: str = "INFO") -> None:
    """Log JSON lines to standard error. Access logs are off: the surge would drown everything else."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                    "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
                    "static_fields": {"service": service, "process": process},
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {
                "uvicorn.access": {"level": "WARNING"},
                "aiormq": {"level": "WARNING"},
                "aio_pika": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
            },
        }
    )
