/** The guard's program under the Heroku CLI. By its path the guard knows that its commands are `heroku alembic:…` here. */
import '../dist/cli.js'
