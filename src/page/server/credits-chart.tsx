import { moment, tickText } from "../words.js";
import { timeTicks } from "./axis.js";
import { ChartFrame, type Plot } from "./chart-frame.js";
import type { CreditsCurve } from "./credits-curve.js";
import { count, shortCount } from "./server-words.js";

/** What a word beneath the time axis takes, in CSS pixels. */
const WORD = 80;

interface CreditsChartProps {
  readonly curve: CreditsCurve;
  /** All that it shows. */
  readonly inWords: string;
}

/** The credits from now to the reset, as they go at the rate of now. */
export function CreditsChart({ curve, inWords }: CreditsChartProps) {
  return (
    <ChartFrame
      id="curve"
      caption="Credits to the reset, at the rate of now"
      inWords={inWords}
      most={curve.points[0].credits}
      right={60}
      marks={(plot) => <Curve curve={curve} plot={plot} />}
    />
  );
}

function Curve({ curve, plot }: { readonly curve: CreditsCurve; readonly plot: Plot }) {
  const { points, end, floor, runsOut } = curve;
  const [now] = points;
  const { left, right, top, bottom, words, y } = plot;
  const x = (at: number) => left + ((right - left) * (at - now.at)) / (end.at - now.at);
  const line = points.map(({ at, credits }) => `${x(at)},${y(credits)}`).join(" ");
  const ticks = timeTicks(now.at, end.at, Math.max(1, Math.floor((right - left) / WORD)));
  const isLate = runsOut !== null && x(runsOut) > (left + right) / 2;
  return (
    <>
      <text class="column-label" x={left} y={words}>
        now
      </text>
      {ticks
        .map((at) => [at, x(at)] as const)
        .filter(([, place]) => place > left + WORD / 2 && place < right - WORD / 2)
        .map(([at, place]) => (
          <g key={at}>
            <line class="grid" x1={place} x2={place} y1={bottom} y2={bottom + 5} />
            <text class="column-label" x={place} y={words}>
              {tickText(at)}
            </text>
          </g>
        ))}
      <text class="column-label" x={right} y={words}>
        reset
      </text>
      <rect class="floor" x={left} width={right - left} y={y(floor)} height={bottom - y(floor)} />
      <polygon class="spendable" points={`${line} ${x(end.at)},${y(floor)} ${x(now.at)},${y(floor)}`} />
      <line class="floor-line" x1={left} x2={right} y1={y(floor)} y2={y(floor)} />
      <polyline class="curve" points={line} />
      <circle class="now" cx={x(now.at)} cy={y(now.credits)} r={4} />
      {floor > 0 && (
        <text
          class={runsOut === null ? undefined : "to-the-left"}
          x={runsOut === null ? left + 8 : right - 4}
          y={y(floor) - 6}
        >
          {`kept back: ${count(floor)}`}
        </text>
      )}
      {runsOut !== null && (
        <>
          <line class="gone" x1={x(runsOut)} x2={x(runsOut)} y1={top} y2={bottom} />
          <text
            class={isLate ? "gone-label to-the-left" : "gone-label"}
            x={x(runsOut) + (isLate ? -6 : 6)}
            y={top + 12}
          >
            {`gone ${moment(runsOut, now.at)}`}
          </text>
        </>
      )}
      <text class="end-label" x={right + 6} y={y(end.credits)}>
        {end.credits < 1e6 ? count(end.credits) : shortCount(end.credits)}
      </text>
    </>
  );
}
