/**
 * What AWS's security playbook for EKS asks for, by its own sections: the subcategories of the NIST Cybersecurity Framework
 * that it names, and its rows. Which runbook serves a subcategory stands in the runbooks (`nist`); which answers a row stands
 * here, and is checked against incidents that are replayed.
 */

export interface Subcategory {
  readonly id: string;
  readonly says: string;
  /** Why nothing here serves it, where nothing does. */
  readonly unless?: string;
}

/** What answers a row: a category, and of its plan the rules that do. Without rules any of them. */
export interface Answer {
  readonly category: string;
  readonly rules?: readonly string[];
  /** What brings the events, beside the category's own EventBridge rule: AWS Config's rules by name, and our schedules. */
  readonly detectedBy?: readonly string[];
  /** Names of events of which an incident must have one to show it, where calls lead to the same rule as what detects. */
  readonly toldBy?: readonly string[];
}

export interface Row {
  readonly id: string;
  readonly says: string;
  readonly answers: readonly Answer[];
  /** Why nothing here answers it, where nothing does. */
  readonly unless?: string;
}

const prevention = 'prevention: it comes with the AWS installation, before there is anything to respond to';

/** How Config's events are called. */
const compliance = 'Config Rules Compliance Change';

export const subcategories: readonly Subcategory[] = [
  { id: 'PR.AC-1', says: 'Identities and credentials are issued, managed, verified, revoked' },
  { id: 'PR.AC-3', says: 'Remote access is managed' },
  { id: 'PR.AC-4', says: 'Permissions follow least privilege and separation of duties' },
  { id: 'PR.AC-5', says: 'Network integrity is protected' },
  { id: 'PR.AC-6', says: 'Identities are proofed and bound to credentials' },
  { id: 'PR.AC-7', says: 'Users and devices are authenticated commensurate with the risk', unless: prevention },
  { id: 'PR.DS-1', says: 'Data-at-rest is protected' },
  { id: 'PR.DS-2', says: 'Data-in-transit is protected', unless: prevention },
  { id: 'PR.DS-4', says: 'Adequate capacity is maintained', unless: prevention },
  { id: 'PR.DS-5', says: 'Protections against data leaks are implemented', unless: prevention },
  { id: 'PR.DS-6', says: 'Integrity checking verifies software, firmware and information', unless: prevention },
  { id: 'PR.IP-1', says: 'A baseline configuration is created and maintained' },
  { id: 'PR.PT-1', says: 'Audit records are determined, implemented and reviewed' },
  { id: 'PR.PT-4', says: 'Communications and control networks are protected' },
  { id: 'PR.PT-5', says: 'Mechanisms achieve resilience in normal and adverse situations' },
  { id: 'DE.AE-1', says: 'A baseline of network operations is established and managed' },
  { id: 'DE.AE-2', says: 'Detected events are analyzed to understand targets and methods' },
  { id: 'DE.AE-3', says: 'Event data are collected and correlated from multiple sources' },
  { id: 'DE.CM-1', says: 'The network is monitored' },
  { id: 'DE.CM-3', says: 'Personnel activity is monitored' },
  { id: 'DE.CM-4', says: 'Malicious code is detected' },
  { id: 'DE.CM-7', says: 'Unauthorized personnel, connections, devices and software are monitored for' },
  { id: 'DE.CM-8', says: 'Vulnerability scans are performed' },
  { id: 'RS.AN-1', says: 'Notifications from detection systems are investigated' },
  { id: 'RS.AN-2', says: 'The impact of the incident is understood' },
  { id: 'RS.AN-3', says: 'Forensics are performed' },
  { id: 'RS.AN-4', says: 'Incidents are categorized consistent with response plans' },
  { id: 'RS.AN-5', says: 'Vulnerabilities disclosed from internal and external sources are responded to' },
];

export const rows: readonly Row[] = [
  {
    id: 'Preventative 1',
    says: 'Strict IAM policies around who or what may use the service',
    answers: [],
    unless: prevention,
  },
  {
    id: 'Preventative 2',
    says: 'Data is protected: encrypted node volumes, envelope encryption of secrets',
    answers: [
      {
        category: 'posture-drift',
        rules: ['secrets-without-key', 'unencrypted-volume'],
        detectedBy: ['eks-secrets-encrypted', 'eks-node-encrypted-volumes'],
      },
    ],
  },
  {
    id: 'Preventative 3',
    says: 'A public API endpoint, when a cluster is created or updated, is made private',
    answers: [{ category: 'endpoint-exposure', detectedBy: ['eks-endpoint-no-public-access'] }],
  },
  {
    id: 'Detective 1.1',
    says: 'Detect EKS cluster whose updates have failed',
    answers: [
      {
        category: 'posture-drift',
        rules: ['failed-update'],
        detectedBy: ['eks-cluster-failed-updates', 'DriftRule'],
      },
    ],
  },
  {
    id: 'Detective 1.2',
    says: 'Detect EKS clusters with unapproved Kubernetes versions',
    answers: [
      {
        category: 'posture-drift',
        rules: ['unapproved-version'],
        detectedBy: ['eks-cluster-approved-version', 'eks-cluster-supported-version', 'DriftRule'],
      },
    ],
  },
  {
    id: 'Detective 1.3',
    says: 'Detect when worker node is running an unauthorized AMI; reaction to terminate node',
    answers: [
      {
        category: 'node-compromise',
        rules: ['unauthorized-image'],
        detectedBy: ['eks-node-approved-amis-by-id'],
        toldBy: [compliance],
      },
    ],
  },
  {
    id: 'Detective 1.4',
    says: 'Detect when a security group deviates from the recommended minimum; reaction to reset security group',
    answers: [
      {
        category: 'network-change',
        rules: ['world-open-on-a-sensitive-port'],
        detectedBy: ['eks-security-group-minimum'],
        toldBy: [compliance],
      },
    ],
  },
  {
    id: 'Detective 2.1',
    says: 'Check for unintended network accessibility of worker nodes',
    answers: [{ category: 'posture-drift', rules: ['reached-from-outside'] }],
  },
  {
    id: 'Detective 2.2',
    says: 'Check for vulnerabilities on worker nodes',
    answers: [
      { category: 'posture-drift', rules: ['vulnerable-and-exploitable', 'vulnerable', 'below-the-threshold'] },
    ],
  },
  {
    id: 'Respond 1.1',
    says: 'Updates to, or removal of, EC2 instances',
    answers: [{ category: 'node-lifecycle' }],
  },
  {
    id: 'Respond 1.2',
    says: 'Changes to security groups or NACLs',
    answers: [{ category: 'network-change' }],
  },
  {
    id: 'Respond 1.3',
    says: 'The unauthorized creation or deletion of a cluster',
    answers: [{ category: 'cluster-lifecycle' }],
  },
  {
    id: 'Respond 1.4',
    says: 'Human interaction in some cases, fully automated remediation in other cases',
    answers: [
      { category: 'network-change', rules: ['world-open-on-a-sensitive-port'] },
      { category: 'posture-drift', rules: ['logging-off'] },
    ],
  },
];
