import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { idOf, ofType, template } from './hub';

const alarms = ofType('AWS::CloudWatch::Alarm').map(
  ([id, { Properties }]) => [id, z.looseObject({ AlarmDescription: z.string() }).parse(Properties)] as const,
);
const pages = readFileSync(join(__dirname, '../../docs/alarms.md'), 'utf8');
const sections = [...pages.matchAll(/^## ([a-z-]+)$/gm)].map(([, name]) => name);
const sectionOf = (description: string) => /docs\/alarms\.md#([a-z-]+)$/.exec(description)?.[1];

test.each(alarms)('%s tells the topic of last resort at the first occurrence', (_, alarm) => {
  expect(alarm).toMatchObject({
    AlarmActions: [{ Ref: idOf('AWS::SNS::Topic', 'Fallback') }],
    Threshold: 1,
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  });
});

test.each(alarms)('%s points to a section that is there', (_, { AlarmDescription }) => {
  expect(sections).toContain(sectionOf(AlarmDescription));
});

test('no section is without its alarm', () => {
  expect(new Set(sections)).toEqual(new Set(alarms.map(([, { AlarmDescription }]) => sectionOf(AlarmDescription))));
});

test('alarms may publish although the topic asks for TLS', () => {
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } },
      ],
    } as never,
  });
});
