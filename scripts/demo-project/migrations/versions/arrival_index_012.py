"""look reservations up by arrival

Revision ID: arrival_index_012
Revises: departure_011
Create Date: 2026-06-21 09:00:00

"""
from alembic import op

revision = "arrival_index_012"
down_revision = "departure_011"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_reservations_arrival", "reservations", ["arrival"])


def downgrade():
    op.drop_index("ix_reservations_arrival", table_name="reservations")
