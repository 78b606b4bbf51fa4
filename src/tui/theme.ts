import { Chalk, type ChalkInstance } from 'chalk';
import type { Row, StyleName } from './layout/row.ts';
import type { ColorLevel } from './terminal/capabilities.ts';

/** Signs that mean something, each one column wide. */
export interface Glyphs {
  prompt: string;
  ok: string;
  bad: string;
  waiting: string;
  warn: string;
  bar: string;
  rule: string;
  ellipsis: string;
  times: string;
  dot: string;
  result: string;
  up: string;
  down: string;
  pointer: string;
  /** From what was asked for to what was chosen. */
  chosen: string;
  corners: [string, string, string, string];
  side: string;
  spinner: string[];
  /** The cells of a bar from thinnest to full; none where bars say nothing. */
  bars: string[];
  /** Cells of a stacked bar, one for each part, told apart without colour as well. */
  shades: string[];
}

const UNICODE: Glyphs = {
  prompt: '❯',
  ok: '✓',
  bad: '✗',
  waiting: '◌',
  warn: '!',
  bar: '│',
  rule: '─',
  ellipsis: '…',
  times: '×',
  dot: '·',
  result: '└',
  up: '↑',
  down: '↓',
  pointer: '›',
  chosen: '→',
  corners: ['╭', '╮', '╰', '╯'],
  side: '│',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  bars: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  shades: ['█', '▓', '▒', '░', '▚'],
};

const ASCII: Glyphs = {
  prompt: '>',
  ok: '+',
  bad: 'x',
  waiting: '*',
  warn: '!',
  bar: '|',
  rule: '-',
  ellipsis: '~',
  times: 'x',
  dot: '-',
  result: '`',
  up: '^',
  down: 'v',
  pointer: '>',
  chosen: '>',
  corners: ['+', '+', '+', '+'],
  side: '|',
  spinner: ['|', '/', '-', '\\'],
  bars: ['#'],
  shades: ['#', '=', '+', '-', '.'],
};

/** For ears: what a sign means, said. */
const WORDS: Glyphs = {
  ...ASCII,
  ok: 'ok',
  bad: 'failed',
  waiting: 'running',
  warn: 'warning:',
  bar: '',
  ellipsis: '...',
  dot: '',
  result: 'result:',
  pointer: '',
  chosen: ', now ',
  spinner: [''],
  bars: [],
  shades: [],
};

export interface Theme {
  glyphs: Glyphs;
  /** A row as the terminal gets it: styles become SGR sequences, or nothing without colour. */
  paint(row: Row): string;
}

/** The palette keeps to the 16 base colours, so that it follows whatever scheme the terminal has. */
export function createTheme(color: ColorLevel, signs: 'unicode' | 'ascii' | 'words'): Theme {
  const chalk = new Chalk({ level: color });
  const styles: Record<StyleName, ChalkInstance> = {
    dim: chalk.dim,
    bold: chalk.bold,
    accent: chalk.cyan,
    title: chalk.cyan.bold,
    ok: chalk.green,
    bad: chalk.red,
    badTitle: chalk.red.bold,
    warn: chalk.yellow,
    warnTitle: chalk.yellow.bold,
    keyword: chalk.magenta,
    string: chalk.green,
    number: chalk.yellow,
    comment: chalk.dim,
    call: chalk.cyan,
    added: chalk.green,
    removed: chalk.red,
    selected: chalk.inverse,
    badge: chalk.black.bgYellow,
  };
  return {
    glyphs: { unicode: UNICODE, ascii: ASCII, words: WORDS }[signs],
    paint: row => row.map(span => (span.style ? styles[span.style](span.text) : span.text)).join(''),
  };
}
