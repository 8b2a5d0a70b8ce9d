import { join } from 'node:path';
import { loadIncident } from '../../replay/incidents/incident-file';
import { Rehearsal } from '../../replay/incidents/rehearsal';

const file = join(__dirname, '..', 'incidents', '01-world-open-ssh.yaml');

test('an incident that is still open is left to its own machine: the undo ends, and says why', async () => {
  const rehearsal = await Rehearsal.open(loadIncident(file));
  const question = await rehearsal.untilQuestion();
  if (question === null) throw new Error('nobody was asked');
  rehearsal.startUndo();
  rehearsal.answer(question, { user: 'U07BOB', answer: 'approve', after: 60, status: 200 });
  await rehearsal.untilEnd();
  const { executions, incidents, published } = await rehearsal.result();
  await rehearsal.close();
  expect(executions).toMatchObject([{ status: 'SUCCEEDED' }, { status: 'FAILED', error: 'IncidentOpen' }]);
  expect(incidents).toMatchObject([{ outcome: 'remediated', sealed: true }]);
  expect(published).toMatchObject([{ message: expect.stringContaining('ReleaseMachine') }]);
});
