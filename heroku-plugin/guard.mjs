/** Starts the guard for the Heroku CLI. The guard recognizes the plugin by this file's path. */
import '../dist/cli.js'
