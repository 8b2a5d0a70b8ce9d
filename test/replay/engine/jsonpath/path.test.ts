import type { Json } from '../../../../replay/engine/json';
import { compilePath, InvalidPath } from '../../../../replay/engine/jsonpath/path';

const shop: Json = {
  book: [
    { title: 'A', price: 8, tags: ['x'], isbn: '1' },
    { title: 'B', price: 12, tags: [] },
    { title: 'C', price: 22, tags: ['x', 'y'], isbn: null },
  ],
  bike: { colour: 'red', price: 20 },
  'a key': { "it's": 1, 'back\\slash"': 2 },
  limit: 10,
  nothing: null,
};

test.each<[string, Json | undefined]>([
  ['$', shop],
  ['$.limit', 10],
  ['$.nothing', null],
  ['$.missing', undefined],
  ['$.limit.deeper', undefined],
  ["$['a key']", { "it's": 1, 'back\\slash"': 2 }],
  ["$['a key']['it\\'s']", 1],
  ["$['a key']['back\\slash\"']", 2],
  ['$["bike"]["colour"]', 'red'],
  ['$.book[0].title', 'A'],
  ['$.book[-1].title', 'C'],
  ['$.book[7]', undefined],
  ['$.bike[0]', undefined],
  ["$.bike['colour','price']", { colour: 'red', price: 20 }],
  ['$.book[0,2].title', ['A', 'C']],
  ['$.book[1:].title', ['B', 'C']],
  ['$.book[:1].title', ['A']],
  ['$.book[-2:].title', ['B', 'C']],
  ['$.book[0:2].price', [8, 12]],
  ['$.book[*].isbn', ['1', null]],
  ['$.bike.*', ['red', 20]],
  ['$.missing[*].x', []],
  ['$.missing[1:].x', []],
  ['$..price', [8, 12, 22, 20]],
  ['$..tags[0]', ['x', 'x']],
  ['$.book.length()', 3],
  ['$.book[*].price.sum()', 42],
  ['$.book[*].price.min()', 8],
  ['$.bike.keys()', ['colour', 'price']],
  ['$.book[?(@.price > 10)].title', ['B', 'C']],
  ['$.book[?(@.price < $.limit)].title', ['A']],
  ['$.book[?(@.isbn)].title', ['A']],
  ['$.book[?(!@.isbn)].title', ['B', 'C']],
  ["$.book[?(@.title == 'B')].price", [12]],
  ["$.book[?(@.title != 'B' && @.price >= 22)].title", ['C']],
  ["$.book[?(@.title == 'A' || (@.price > 20))].title", ['A', 'C']],
  ["$.book[?(@.title in ['A', 'C'])].price", [8, 22]],
  ["$.book[?(@.title nin ['A', 'C'])].price", [12]],
  ["$.book[?('y' in @.tags)].title", ['C']],
  ["$.book[?(@.tags contains 'x')].title", ['A', 'C']],
  ["$.book[?(@.tags subsetof ['x', 'z'])].title", ['A', 'B']],
  ["$.book[?(@.tags anyof ['y'])].title", ['C']],
  ["$.book[?(@.tags noneof ['y'])].title", ['A', 'B']],
  ['$.book[?(@.tags size 2)].title', ['C']],
  ['$.book[?(@.tags empty true)].title', ['B']],
  ['$.book[?(@.title =~ /[ab]/i)].title', ['A', 'B']],
  ["$.book[?(@.price > 'x')]", []],
])('%s', (path, found) => {
  expect(compilePath(path).read(shop)).toEqual(found);
});

test.each(['$.', '$..', '$.a b', '$[', '$[a]', '$[?(@.a ==)]', '$[?(@.a ~ 1)]', '$.a.trim()', '$x', "$['a'"])(
  '%s is no path',
  (path) => {
    expect(() => compilePath(path)).toThrow(InvalidPath);
  },
);

test.each([
  ['$.missing', "No results for path: $['missing']"],
  ['$.missing.deeper', "Missing property in path $['missing']"],
  ['$.limit.deeper', "No results for path: $['limit']['deeper']"],
  ['$.book[9]', "No results for path: $['book'][9]"],
])('why %s misses', (path, reason) => {
  expect(compilePath(path).explainMiss(shop)).toBe(reason);
});
