/** A point of a curve. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Curves over one axis. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly curves: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

const WIDTH = 360;
const HEIGHT = 240;
const MARGIN = { left: 52, right: 18, top: 44, bottom: 38 };
const COLOURS = ["#1f6feb", "#d1242f"];

/** An axis's end: the next round number above. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** Panels in two columns as an SVG, both axes linear and from zero: what grows in proportion is a straight line. */
export function drawPanels(title: string, panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / 2);
  const parts = panels.map((panel, i) => {
    const [x, y] = [(i % 2) * WIDTH, 36 + Math.floor(i / 2) * HEIGHT];
    return `<g transform="translate(${x} ${y})">${draw(panel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${36 + rows * HEIGHT}" font-family="sans-serif" font-size="11">
<title>${title}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${WIDTH}" y="24" text-anchor="middle" font-size="14">${title}</text>
${parts.join("\n")}
</svg>
`;
}

function draw({ title, unit, curves }: Panel): string {
  const points = curves.flatMap((curve) => curve.points);
  const right = roundUp(Math.max(...points.map(({ x }) => x)));
  const top = roundUp(Math.max(...points.map(({ y }) => y)));
  const at = ({ x, y }: Point): Point => ({
    x: MARGIN.left + (x / right) * (WIDTH - MARGIN.left - MARGIN.right),
    y: HEIGHT - MARGIN.bottom - (y / top) * (HEIGHT - MARGIN.top - MARGIN.bottom),
  });
  const shares = [0, 0.25, 0.5, 0.75, 1];
  const grid = shares.map((share) => {
    const { y } = at({ x: 0, y: share * top });
    const from = `x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"`;
    return `<line ${from} stroke="#d8dee4"/><text x="${MARGIN.left - 6}" y="${y + 4}" text-anchor="end">${round(share * top)}</text>`;
  });
  const scale = shares.map((share) => {
    const { x } = at({ x: share * right, y: 0 });
    return `<text x="${x}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${round(share * right)}</text>`;
  });
  const drawn = curves.map(({ name, points: own }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const dots = own
      .map(at)
      .map(({ x, y }) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${colour}"/>`);
    const path = own.map(at).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`);
    const label = `<text x="${MARGIN.left + 8 + i * 60}" y="${MARGIN.top - 8}" fill="${colour}">${name}</text>`;
    return `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>${dots.join("")}${label}`;
  });
  return `<text x="${MARGIN.left}" y="18" font-weight="bold">${title}${unit ? `,${unit}` : ""}</text>${grid.join("")}${scale.join("")}${drawn.join("")}`;
}

const round = (value: number) => (value >= 1000 ? `${value / 1000}k` : String(Math.round(value * 100) / 100));
