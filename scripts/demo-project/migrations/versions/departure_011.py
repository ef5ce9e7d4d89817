"""reservations end

Revision ID: departure_011
Revises: reservations_010
Create Date: 2026-06-20 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "departure_011"
down_revision = "reservations_010"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("reservations", sa.Column("departure", sa.Date(), nullable=True))


def downgrade():
    op.drop_column("reservations", "departure")
