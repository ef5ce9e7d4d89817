"""guests have a phone

Revision ID: guest_phone_009
Revises: payments_008
Create Date: 2026-05-18 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "guest_phone_009"
down_revision = "payments_008"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("guests", sa.Column("phone", sa.String(40), nullable=True))


def downgrade():
    op.drop_column("guests", "phone")
