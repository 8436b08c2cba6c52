import { useMemo } from "preact/hooks";
import type { CreditsAnswer, Health } from "../../client/index.js";
import type { Asked } from "../ask.js";
import { CreditsChart } from "./credits-chart.js";
import { creditsCurve } from "./credits-curve.js";
import { Panel } from "./panel.js";
import { count, creditsInWords, rateText } from "./server-words.js";
import { SpentChart } from "./spent-chart.js";
import { spentHours } from "./spent-hours.js";

interface CreditsPanelProps {
  readonly credits: Asked<CreditsAnswer>;
  readonly health: Health | undefined;
  readonly nowMs: number;
}

/** The hours whose spending is shown. */
const HOURS = 24;

/** What is left of the credits, how they go to the reset, and what went in the last hours. */
export function CreditsPanel({ credits, health, nowMs }: CreditsPanelProps) {
  return (
    <Panel id="credits" title="Credits" asked={credits} nowMs={nowMs} isAskedApart>
      {(answer) =>
        health && health.source !== "the-odds-api" ? (
          <p class="muted">
            {health.source === "simulated" ? "Simulated odds cost none." : "Odds of the past cost none."}
          </p>
        ) : (
          <Bill answer={answer} />
        )
      }
    </Panel>
  );
}

function Bill({ answer }: { readonly answer: CreditsAnswer }) {
  const curve = useMemo(() => creditsCurve(answer), [answer]);
  const hours = useMemo(() => spentHours(answer.spent.byHour, answer.timestamp, HOURS), [answer]);
  if (!curve) return <p class="muted">The Odds API has not said yet what is left.</p>;
  const { plan, reserve, rate, closing } = answer;
  const inWords = creditsInWords(answer, curve);
  return (
    <>
      <p class="bill">{inWords}</p>
      {curve.runsOut !== null && (
        <p class="muted">
          Pacing (ODDS_PACING) reads less often as they go, so that they last longer than this.
        </p>
      )}
      <dl class="facts in-line">
        {plan !== null && <Fact name="Plan" value={`${count(plan)} a month`} />}
        {reserve !== null && <Fact name="Reserve" value={count(reserve)} />}
        <Fact name="Rate" value={`${rateText(rate)} an hour`} />
        {closing && <Fact name="Kept for closing reads" value={count(closing.earmarked)} />}
        {closing && (
          <Fact name="Closes seen" value={`${count(closing.seen)}, missed ${count(closing.missed)}`} />
        )}
      </dl>
      <div class="charts">
        <CreditsChart curve={curve} inWords={inWords} />
        <SpentChart hours={hours} process={answer.process} />
      </div>
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
