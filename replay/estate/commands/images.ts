import type { Commands } from '../command';
import type { EstateDescription } from '../description';
import { filtered, paged } from '../filters';

export const imageCommands: Commands = {
  DescribeImages: {
    run({ description }, input) {
      const found = filtered<EstateDescription['images'][number]>(
        description.images,
        input,
        ({ id, name: title }, name) => {
          if (name === 'image-id') return [id];
          return name === 'name' ? [title] : undefined;
        },
      );
      return paged(
        found.map(({ id, name }) => ({ ImageId: id, Name: name, State: 'available' })),
        input,
        'Images',
      );
    },
  },
};
