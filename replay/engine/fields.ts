const common = ['Type', 'Comment', 'QueryLanguage'];
const flow = ['Next', 'End'];
const handled = ['Retry', 'Catch'];
const paths = ['InputPath', 'OutputPath'];
const result = ['ResultPath', 'ResultSelector'];

type Fields = Readonly<Record<string, readonly string[]>>;

interface Vocabulary {
  /** The fields of each type of state. Whatever else there is would be silently without effect. */
  readonly states: Fields;
  readonly rule: readonly string[];
  readonly catcher: readonly string[];
}

export const retrierFields = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
];

const jsonata: Vocabulary = {
  states: {
    Pass: [...common, ...flow, 'Output', 'Assign'],
    Task: [
      ...common,
      ...flow,
      ...handled,
      'Resource',
      'Arguments',
      'Output',
      'Assign',
      'TimeoutSeconds',
      'HeartbeatSeconds',
      'Credentials',
    ],
    Choice: [...common, 'Choices', 'Default', 'Output', 'Assign'],
    Wait: [...common, ...flow, 'Seconds', 'Timestamp', 'Output', 'Assign'],
    Succeed: [...common, 'Output'],
    Fail: [...common, 'Error', 'Cause'],
    Parallel: [...common, ...flow, ...handled, 'Branches', 'Arguments', 'Output', 'Assign'],
    Map: [
      ...common,
      ...flow,
      ...handled,
      'Items',
      'ItemSelector',
      'ItemProcessor',
      'Iterator',
      'MaxConcurrency',
      'Output',
      'Assign',
    ],
  },
  rule: ['Condition', 'Next', 'Output', 'Assign', 'Comment'],
  catcher: ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment'],
};

const jsonpath: Vocabulary = {
  states: {
    Pass: [...common, ...flow, ...paths, 'Result', 'ResultPath', 'Parameters', 'Assign'],
    Task: [
      ...common,
      ...flow,
      ...handled,
      ...paths,
      ...result,
      'Resource',
      'Parameters',
      'Assign',
      'TimeoutSeconds',
      'TimeoutSecondsPath',
      'HeartbeatSeconds',
      'HeartbeatSecondsPath',
      'Credentials',
    ],
    Choice: [...common, ...paths, 'Choices', 'Default', 'Assign'],
    Wait: [...common, ...flow, ...paths, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath', 'Assign'],
    Succeed: [...common, ...paths],
    Fail: [...common, 'Error', 'ErrorPath', 'Cause', 'CausePath'],
    Parallel: [...common, ...flow, ...handled, ...paths, ...result, 'Branches', 'Parameters', 'Assign'],
    Map: [
      ...common,
      ...flow,
      ...handled,
      ...paths,
      ...result,
      'ItemsPath',
      'ItemSelector',
      'Parameters',
      'ItemProcessor',
      'Iterator',
      'MaxConcurrency',
      'MaxConcurrencyPath',
      'Assign',
    ],
  },
  // A rule's comparison is checked where it is compiled.
  rule: [],
  catcher: ['ErrorEquals', 'Next', 'ResultPath', 'Assign', 'Comment'],
};

export const vocabularies: Readonly<Record<'JSONata' | 'JSONPath', Vocabulary>> = {
  JSONata: jsonata,
  JSONPath: jsonpath,
};

/** Fields of which a state has one at most. */
export const alternatives: readonly (readonly [string, string])[] = [
  ['TimeoutSeconds', 'TimeoutSecondsPath'],
  ['HeartbeatSeconds', 'HeartbeatSecondsPath'],
  ['MaxConcurrency', 'MaxConcurrencyPath'],
  ['Error', 'ErrorPath'],
  ['Cause', 'CausePath'],
  ['ItemSelector', 'Parameters'],
  ['ItemProcessor', 'Iterator'],
];
