import { arnOf, hub, idOf, resourceOf, template } from './hub';

const evidenceKey = arnOf(idOf('AWS::KMS::Key', 'EvidenceKey'));

test('evidence keeps its versions, locked for everybody for as long as the stack says', () => {
  expect(resourceOf(idOf('AWS::S3::Bucket', 'EvidenceBucket')).Properties).toMatchObject({
    VersioningConfiguration: { Status: 'Enabled' },
    ObjectLockEnabled: true,
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 365 } } },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: evidenceKey } },
      ],
    },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  });
});

test('the key that encrypts rotates; the key that seals signs', () => {
  template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  template.hasResourceProperties('AWS::KMS::Key', { KeySpec: 'RSA_3072', KeyUsage: 'SIGN_VERIFY' });
});

test('the incident table is recoverable and under our key', () => {
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: evidenceKey },
  });
});

test.each(['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret'])(
  'the record outlives the stack: %s',
  (type) => {
    template.allResources(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  },
);

test.each(['events', 'cloudwatch', 'logs'])('%s may use the key in its own name', (service) => {
  const { KeyPolicy } = hub.Resources[idOf('AWS::KMS::Key', 'EvidenceKey')]?.Properties ?? {};
  expect(JSON.stringify(KeyPolicy)).toMatch(new RegExp(`"${service}\\.`));
});
