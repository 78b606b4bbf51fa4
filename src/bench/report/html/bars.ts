import { html, type Markup } from './markup.ts';
import { type Scale, scaleFor } from './scale.ts';

/** One bar: `series` is the column's place in the legend. */
export interface Bar {
  series: number;
  label: string;
  value: number;
  /** Said beside the bar, after its value. */
  note?: string;
}

export interface BarGroup {
  title: string;
  bars: Bar[];
}

export interface BarChart {
  id: string;
  groups: BarGroup[];
  /** A value as its bar and the axis say it. */
  show(value: number): string;
  /** Bars begin here instead of at the axis's beginning: 1 for quotients. */
  from?: number;
}

/** Horizontal bars in groups, on an axis that says whether it is logarithmic. Made of boxes, so that it fits any width. */
export function barChart({ id, groups, show, from }: BarChart): Markup {
  const scale = scaleFor(
    groups.flatMap(group => group.bars.map(bar => bar.value)),
    from,
  );
  return html`<div class="bars" id="${id}" data-scale="${scale.kind}">
<div class="axis" aria-hidden="true"><div class="plot">${scale.ticks.map(tick => tickMark(tick, scale, show))}</div></div>
${groups.map(group => barGroup(group, scale, show, from))}
<p class="scale">${scale.kind === 'log' ? 'Logarithmic axis: bars do not begin at zero.' : 'Linear axis.'}</p>
</div>
`;
}

function barGroup(group: BarGroup, scale: Scale, show: BarChart['show'], from: number | undefined): Markup {
  return html`<section class="group"><h3>${group.title}</h3>
${group.bars.map(bar => barRow(bar, scale, show, from))}</section>
`;
}

function barRow(bar: Bar, scale: Scale, show: BarChart['show'], from: number | undefined): Markup {
  const origin = from === undefined ? 0 : scale.at(from);
  const end = scale.at(bar.value);
  const left = Math.min(origin, end);
  const width = Math.abs(end - origin);
  const said = `${show(bar.value)}${bar.note ? ` ${bar.note}` : ''}`;
  return html`<div class="row"><span class="name">${bar.label}</span><span class="plot">${scale.ticks.map(tick => gridLine(tick, scale, from))}<span class="bar s${bar.series}" style="left:${percent(left)};width:${percent(width)}" data-value="${bar.value}" role="img" aria-label="${bar.label}: ${said}"></span></span><span class="value">${said}</span></div>
`;
}

function tickMark(tick: number, scale: Scale, show: BarChart['show']): Markup {
  return html`<span class="tick" style="left:${percent(scale.at(tick))}">${show(tick)}</span>`;
}

function gridLine(tick: number, scale: Scale, from: number | undefined): Markup {
  return html`<i class="${tick === from ? 'grid origin' : 'grid'}" style="left:${percent(scale.at(tick))}"></i>`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}
