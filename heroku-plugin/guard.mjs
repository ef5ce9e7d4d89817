/** Entry point for the Heroku CLI, which the guard recognizes by its path. */
import '../dist/cli.js'
