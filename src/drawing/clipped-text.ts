/** Measures and truncates text in drawings. Knows nothing about output formats. */
import * as columns from '../core/text/text-width.ts'
import { printable } from '../core/text/display.ts'

/** Returns the approximate width of a string in pixels, if a Latin letter is `each` pixels wide. */
export function pixelWidth(text: string, each: number): number {
  return columns.textWidth(text) * each
}

/** Truncates a string to about the width of `most` Latin letters. */
export function textInPixels(text: string, most: number): string {
  return columns.clippedText(printable(text), most, '…')
}
