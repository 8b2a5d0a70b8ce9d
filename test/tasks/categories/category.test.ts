import { byResource } from '../../../tasks/categories/category';
import type { Reach } from '../../../tasks/store/incidents';

const reaching = (touches: string[], ...ids: readonly string[]): Reach => ({
  clusters: [{ name: 'payments', tags: {} }],
  touches,
  exposed: ids.map((id) => ({ type: 'AWS::ECR::Image', id })),
});

describe('what is found of resources', () => {
  test('belongs together by the resource', () => {
    expect(byResource(reaching([], 'b', 'a'))).toEqual(byResource(reaching([], 'a', 'b')));
    expect(byResource(reaching([], 'a'))).not.toEqual(byResource(reaching([], 'b')));
  });

  test('belongs together where nobody may say of which cluster it is', () => {
    expect(byResource(reaching(['unknown'], 'a'))).toEqual(byResource(reaching(['unknown'], 'b')));
  });
});
