#!/usr/bin/env node
/**
 * npm runs this after installing a clone, as it does for a package that is taken from git (pre-commit takes it so), and
 * before packing. Builds where what builds is installed; without development packages there is nothing to do.
 */
import { existsSync } from 'node:fs'

if (existsSync('node_modules/esbuild') && existsSync('node_modules/typescript')) await import('./build.mjs')
