"""every room has a type

Revision ID: room_type_of_room_004
Revises: room_types_003
Create Date: 2026-02-13 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "room_type_of_room_004"
down_revision = "room_types_003"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("rooms", sa.Column("room_type_id", sa.Integer(), nullable=True))


def downgrade():
    op.drop_column("rooms", "room_type_id")
