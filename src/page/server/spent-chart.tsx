import { moment, tickText } from "../words.js";
import { ChartFrame, type Plot } from "./chart-frame.js";
import { count, counted } from "./server-words.js";
import type { SpentHour } from "./spent-hours.js";

interface SpentChartProps {
  readonly hours: readonly SpentHour[];
  /** Which process spent it. */
  readonly process: string;
}

/** An hour in so many has its time beneath it. */
const TIMED = 6;

/** What one process spent in each of the last hours, as bars, and as a table for who opens that. */
export function SpentChart({ hours, process }: SpentChartProps) {
  const sum = hours.reduce((total, { credits }) => total + credits, 0);
  const spent = sum === 0 ? "nothing" : counted(sum, "credit");
  const inWords = `Process ${process} spent ${spent} in the last ${hours.length} hours.`;
  if (sum === 0) return <p class="muted">{inWords}</p>;
  return (
    <ChartFrame
      id="spent"
      caption="Spent by hour"
      inWords={inWords}
      most={Math.max(...hours.map(({ credits }) => credits))}
      right={16}
      marks={(plot) => <Bars hours={hours} plot={plot} />}
    >
      <p class="muted">{inWords}</p>
      <AsTable hours={hours.filter(({ credits }) => credits > 0)} />
    </ChartFrame>
  );
}

function Bars({ hours, plot }: { readonly hours: readonly SpentHour[]; readonly plot: Plot }) {
  const { left, right, bottom, words, y } = plot;
  const step = (right - left) / hours.length;
  return (
    <>
      {hours.map(({ from, credits }, i) => {
        const toLast = hours.length - 1 - i;
        return (
          <g key={from}>
            <rect
              class={toLast === 0 ? "bar so-far" : "bar"}
              x={left + (i + 0.12) * step}
              width={0.76 * step}
              y={y(credits)}
              height={bottom - y(credits)}
            >
              <title>{`from ${moment(from)}: ${count(credits)}`}</title>
            </rect>
            {toLast % TIMED === 0 && (
              <text class="column-label" x={left + (i + 0.5) * step} y={words}>
                {tickText(from)}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

function AsTable({ hours }: { readonly hours: readonly SpentHour[] }) {
  return (
    <details>
      <summary>As a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Hour from</th>
            <th scope="col" class="number">
              Credits
            </th>
          </tr>
        </thead>
        <tbody>
          {hours.map(({ from, credits }) => (
            <tr key={from}>
              <th scope="row">{moment(from)}</th>
              <td class="number">{count(credits)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
