"""look guests up by email

Revision ID: email_index_007
Revises: staff_006
Create Date: 2026-04-16 09:00:00

"""
from alembic import op

revision = "email_index_007"
down_revision = "staff_006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_guests_email", "guests", ["email"])


def downgrade():
    op.drop_index("ix_guests_email", table_name="guests")
