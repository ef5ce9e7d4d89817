"""rates per room type

Revision ID: rates_005
Revises: room_type_of_room_004
Create Date: 2026-03-14 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "rates_005"
down_revision = "room_type_of_room_004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "rates",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("room_type_id", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
    )


def downgrade():
    op.drop_table("rates")
