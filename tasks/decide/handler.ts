import { type CategoryId, suspectNodesOf } from '../../runbooks/categories';
import { sha256 } from '../../runbooks/change';
import { decideByPlan, trusts } from '../../runbooks/decide-by-plan';
import { type Decision, plannedPurpose, type Response } from '../../runbooks/decision';
import type { Actor } from '../../runbooks/incident';
import type { ForensicsSubject, NodeForensicsRequest } from '../../runbooks/node-forensics';
import type { LoadedPlan } from '../../runbooks/plan-document';
import { situationOf } from '../../runbooks/situation';
import { actionContext } from '../action-context';
import { categoryById } from '../categories/registry';
import { distinctResources } from '../distinct-resources';
import { readDossier } from '../read-dossier';
import { type Incident, type Reach, unknownTouch } from '../store/incidents';
import { signsOf } from '../suspects';
import { defineTask, lambdaFunction } from '../task';
import { decide } from './contract';

export const task = defineTask(decide, async ({ incidentId, problems }, deps) => {
  const { incident, reach, dossier } = await readDossier(deps, incidentId);
  const category = categoryById(incident.category);
  const plan = deps.plan(category.id);
  await deps.store.incidents.noteProblems(incidentId, problems);

  const context = actionContext(deps);
  const facts = await category.facts(context, dossier, reach, plan);
  const time = dossier.events[0]?.time ?? incident.openedAt;
  const behind = await category.attribute?.(context, dossier, plan);
  await deps.store.incidents.noteProblems(incidentId, context.problems);
  const actor = chiefActor(
    plan,
    (behind ?? dossier.events).map((event) => event.actor),
    incident.signs,
  );
  const situation = situationOf(category.id as CategoryId).parse({
    account: incident.account,
    region: incident.region,
    time,
    events: Math.max(1, dossier.events.length),
    actor: { ...actor, keyAgeDays: keyAgeDays(actor, incident.keys, time), signs: signsOf(actor, incident.signs) },
    clusters: reach.clusters,
    subjects: distinctResources(dossier.events.flatMap(({ subjects }) => subjects)),
    facts,
  });
  const decided = await decideByPlan(plan, situation, {
    at: deps.now().toISOString(),
    incidentVersion: incident.version,
  });
  const inDoubt = reach.touches.includes(unknownTouch);
  const decision = inDoubt ? byPeopleAlone(decided) : decided;

  const { trusted: _trusted, ...who } = actor;
  const suspects = decision.forensics ? suspectNodesOf(category.id, facts) : [];
  if (suspects.length > mostNodes) {
    const problem = `${suspects.length} nodes are suspect: ${mostNodes} of them are preserved and isolated, see to the others`;
    await deps.store.incidents.noteProblem(incidentId, problem);
  }
  // Neither what the plan could not judge nor what may be no node of ours is grave enough to be isolated unasked.
  const grave = !inDoubt && !decision.doubted;
  const nodes = suspects
    .slice(0, mostNodes)
    .map((subject) => requestFor(incident, decision, within(reach, subject), grave));
  // What is begun at once is told by whoever begins it: a Slack that is slow must not hold up an isolation.
  const begins = (incident.decision === null && nodes.length > 0) || automatic(decision);
  const tell = decision.notify || nodes.length > 0 || purposes.some((purpose) => decision[purpose].mode !== 'never');
  const told = deps.store.incidents
    .set(incidentId, {
      decision,
      facts,
      severity: decision.severity,
      actor: who.type === nobody.type ? null : who,
    })
    .then(() => (tell && !begins ? deps.responders.present(incidentId) : null));
  await Promise.all([
    told,
    deps.evidence.keep(
      incidentId,
      'decision',
      `version-${incident.version}/decision`,
      `rule ${decision.ruleId} of the plan ${decision.planDigest.slice(0, 12)}`,
      { decision, situation },
      decide.id,
    ),
  ]);
  return {
    ruleId: decision.ruleId,
    severity: decision.severity,
    protect: decision.protect.mode,
    contain: decision.contain.mode,
    expel: decision.expel.mode,
    remediate: decision.remediate.mode,
    nodes,
  };
});

/**
 * Nobody knows whether a cluster is touched at all: people are told, whatever the plan makes of it, and their silence is no
 * yes.
 */
function byPeopleAlone(decision: Decision): Decision {
  const asked = (it: Response): Response => (it.mode === 'never' ? it : { ...it, onSilence: 'leave' });
  const { protect, contain, expel, remediate } = decision;
  return {
    ...decision,
    notify: true,
    protect: asked(protect),
    contain: asked(contain),
    expel: asked(expel),
    remediate: asked(remediate),
  };
}

/** What AWS lets travel from state to state holds so many requests at their longest; a cluster that is lost whole is people's. */
const mostNodes = 20;

/** A node that names no cluster itself is of the incident's, where there is one alone. */
function within({ clusters }: Reach, subject: ForensicsSubject): ForensicsSubject {
  const [only, ...others] = clusters;
  return only === undefined || others.length > 0 ? subject : { ...subject, cluster: subject.cluster ?? only.name };
}

function requestFor(
  { id }: Incident,
  { ruleId, because, severity }: Decision,
  { seen, ...subject }: ForensicsSubject,
  grave: boolean,
) {
  const request: NodeForensicsRequest = {
    ...subject,
    because: `${because} (rule ${ruleId})`.slice(0, 500),
    requestedBy: id,
    // What only has a suspect on it is not grave enough to be isolated unasked.
    parent: { incidentId: id, severity: grave && seen ? severity : null },
  };
  const digest = sha256(request).slice(0, 8);
  return { execution: `${id}-${subject.node.slice(0, 30)}-${digest}`.replaceAll('.', '-'), request };
}

const purposes = plannedPurpose.options;

function automatic(decision: Decision): boolean {
  return purposes.some((purpose) => decision[purpose].mode === 'automatic');
}

const nobody: Actor = {
  type: 'Unknown',
  arn: null,
  name: null,
  service: null,
  principalArn: null,
  sessionName: null,
  accountId: null,
  sourceIp: null,
  userAgent: null,
  mfa: null,
  accessKeyId: null,
  sessionSince: null,
};

/**
 * The first whom the plan does not trust, and of those the one for whose being in other hands most speaks; an event without
 * an actor is by somebody whom it does not trust.
 */
function chiefActor(
  plan: LoadedPlan,
  actors: readonly (Actor | null)[],
  known: Incident['signs'],
): Actor & { trusted: boolean } {
  const judged = actors.map((actor) => ({ ...(actor ?? nobody), trusted: actor !== null && trusts(plan.plan, actor) }));
  const strangers = judged.filter(({ trusted }) => !trusted);
  const [chief] = (strangers.length > 0 ? strangers : judged).toSorted(
    (a, b) => signsOf(b, known).length - signsOf(a, known).length,
  );
  return chief ?? { ...nobody, trusted: false };
}

function keyAgeDays({ accessKeyId, sessionSince }: Actor, keys: Incident['keys'], at: string): number | null {
  const since = keys.find((key) => key.accessKeyId === accessKeyId)?.createdAt ?? sessionSince;
  const age = since === null ? Number.NaN : Date.parse(at) - Date.parse(since);
  return Number.isNaN(age) ? null : Math.max(0, Math.floor(age / 86_400_000));
}

export const handler = lambdaFunction(task);
