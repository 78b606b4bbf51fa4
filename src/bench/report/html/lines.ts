import { short } from '../numbers.ts';
import { html, type Markup } from './markup.ts';
import { type Scale, scaleFor } from './scale.ts';

/** One line: a value a turn. */
export interface Line {
  series: number;
  label: string;
  values: number[];
}

const WIDTH = 320;
const HEIGHT = 170;
const BOX = { left: 40, right: 10, top: 10, bottom: 26 };
/** With more turns, points would be a line themselves. */
const POINTS = 24;

/** A small line chart: tokens over turns, one line a column. */
export function lineChart(title: string, lines: Line[]): Markup {
  const drawn = lines.filter(line => line.values.length > 0);
  const turns = Math.max(1, ...drawn.map(line => line.values.length));
  const y = scaleFor(drawn.flatMap(line => line.values));
  const px = (turn: number) =>
    BOX.left + (turns === 1 ? 0.5 : turn / (turns - 1)) * (WIDTH - BOX.left - BOX.right);
  const py = (value: number) => HEIGHT - BOX.bottom - y.at(value) * (HEIGHT - BOX.top - BOX.bottom);
  return html`<figure class="small"><figcaption>${title}${y.kind === 'log' ? html` <small>log</small>` : ''}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: tokens by turn">
${yTicks(y).map(tick => html`<line class="grid" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${fixed(py(tick))}" y2="${fixed(py(tick))}"/><text class="mark" x="${BOX.left - 5}" y="${fixed(py(tick) + 3.5)}" text-anchor="end">${short(tick)}</text>`)}
${xTicks(turns).map(turn => html`<text class="mark" x="${fixed(px(turn - 1))}" y="${HEIGHT - 9}" text-anchor="middle">${turn}</text>`)}
${drawn.map(line => stroke(line, px, py))}${drawn.toReversed().map(line => points(line, px, py))}
</svg></figure>
`;
}

function stroke(line: Line, px: (turn: number) => number, py: (value: number) => number): Markup {
  const corners = line.values.map((value, i) => `${fixed(px(i))},${fixed(py(value))}`);
  return html`<polyline class="line s${line.series}" data-turns="${line.values.length}" points="${corners.join(' ')}"/>
`;
}

/** Later series are drawn first and larger: where two have the same figures, both are seen. */
function points(line: Line, px: (turn: number) => number, py: (value: number) => number): Markup {
  if (line.values.length > POINTS) return html``;
  const radius = (line.values.length === 1 ? 3 : 2) + line.series * 0.8;
  return html`<g class="points s${line.series}">${line.values.map((value, i) => html`<circle cx="${fixed(px(i))}" cy="${fixed(py(value))}" r="${fixed(radius)}"><title>${line.label}, turn ${i + 1}: ${Math.round(value).toLocaleString('en')} tokens</title></circle>`)}</g>
`;
}

function yTicks(scale: Scale): number[] {
  const { ticks } = scale;
  return ticks.length <= 6 ? ticks : ticks.filter((_, i) => i % 2 === 0);
}

function xTicks(turns: number): number[] {
  const step = Math.max(1, Math.ceil((turns - 1) / 6));
  const ticks = Array.from({ length: Math.ceil(turns / step) }, (_, i) => 1 + i * step);
  const last = ticks.at(-1) ?? 1;
  if (last === turns) return ticks;
  return turns - last < step / 2 ? [...ticks.slice(0, -1), turns] : [...ticks, turns];
}

function fixed(value: number): number {
  return Number(value.toFixed(1));
}
