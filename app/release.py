"""Before a new version serves: bring the schema up and prepare the bucket. Safe to run twice."""

from alembic import command
from alembic.config import Config

from app.core.settings import load_settings
from app.core.storage import Storage

LIFECYCLE_MARGIN_DAYS = 90


def main() -> None:
    settings = load_settings()
    command.upgrade(Config("alembic.ini"), "head")
    # The lifecycle is the second net: the expiring job deletes first, on the stated day. It counts
    # from the upload, the job from the verdict, so it must leave room for a late verdict.
    Storage(settings).prepare_bucket(settings.video_retention_days + LIFECYCLE_MARGIN_DAYS)


if __name__ == "__main__":
    main()
