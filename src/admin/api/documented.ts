import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiProduces, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

type Schema = Record<string, unknown>;

/** The JSON Schema of a zod schema: what is documented is what is checked. */
export function jsonSchemaOf(schema: z.ZodType): Schema {
  const { $schema: _dialect, ...body } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return body;
}

const ERROR = { description: 'Error', schema: { $ref: '#/components/schemas/Error' } };

export const ApiZodBody = (schema: z.ZodType): MethodDecorator =>
  ApiBody({ schema: jsonSchemaOf(schema), required: true });

/** @param name of a schema in openapi-schemas; none = an empty answer */
export function ApiAnswer(status: number, name?: string): MethodDecorator {
  const answer = {
    status,
    description: name ?? 'Done',
    ...(name === undefined ? {} : { schema: { $ref: `#/components/schemas/${name}` } }),
  };
  return applyDecorators(
    ApiResponse(answer),
    ApiResponse({ status: '4XX', ...ERROR }),
    ApiResponse({ status: '5XX', ...ERROR }),
  );
}

export function ApiDownload(): MethodDecorator {
  const schema = { type: 'string', format: 'binary' };
  const headers = {
    'X-Checksum-SHA256': { description: 'Lower-case hex', schema: { type: 'string' } },
  } as const;
  return applyDecorators(
    ApiProduces('application/octet-stream'),
    ApiResponse({ status: 200, description: 'The stored bytes', schema, headers }),
  );
}
