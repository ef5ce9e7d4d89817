/** Entry point for the Heroku CLI plugin. The guard recognizes this file by its path. */
import '../dist/cli.js'
