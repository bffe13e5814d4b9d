import { applyDecorators } from '@nestjs/common';
import type * as Swagger from '@nestjs/swagger';
import { z } from 'zod';

type Schema = Record<string, unknown>;
type Decorator = ClassDecorator & MethodDecorator;
type Described = (swagger: typeof Swagger) => ClassDecorator | MethodDecorator;

/** What was said about the API and has not been handed to Swagger yet, in the order in which it was said. */
const waiting: ((swagger: typeof Swagger) => void)[] = [];

/** Few agents are ever asked for their API's description: Swagger's 15 MiB are only loaded for those. */
function later(make: Described): Decorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    waiting.push((swagger) => {
      const decorate = make(swagger) as (...on: unknown[]) => unknown;
      decorate(...(key === undefined ? [target] : [target, key, descriptor]));
    });
  };
}

/** Loads Swagger and tells it all that the decorators below have said. */
export async function loadSwagger(): Promise<typeof Swagger> {
  const swagger = await import('@nestjs/swagger');
  for (const tell of waiting.splice(0)) tell(swagger);
  return swagger;
}

/** As Swagger's own of these names. */
export const ApiTags = (...tags: string[]): Decorator => later((swagger) => swagger.ApiTags(...tags));
export const ApiExcludeController = (): Decorator => later((swagger) => swagger.ApiExcludeController());
export const ApiQuery = (options: Swagger.ApiQueryOptions): Decorator =>
  later((swagger) => swagger.ApiQuery(options));

export const ApiParam = (options: Swagger.ApiParamOptions): Decorator =>
  later((swagger) => swagger.ApiParam(options));

/** The JSON Schema of a zod schema: what is documented is what is checked. */
export function jsonSchemaOf(schema: z.ZodType): Schema {
  const { $schema: _dialect, ...body } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return body;
}

const ERROR = { description: 'Error', schema: { $ref: '#/components/schemas/Error' } };

export const ApiZodBody = (schema: z.ZodType): MethodDecorator =>
  later((swagger) => swagger.ApiBody({ schema: jsonSchemaOf(schema), required: true }));

/** @param name of a schema in openapi-schemas; none = an empty answer */
export function ApiAnswer(status: number, name?: string): MethodDecorator {
  const answer = {
    status,
    description: name ?? 'Done',
    ...(name === undefined ? {} : { schema: { $ref: `#/components/schemas/${name}` } }),
  };
  return later(({ ApiResponse }) =>
    applyDecorators(
      ApiResponse(answer),
      ApiResponse({ status: '4XX', ...ERROR }),
      ApiResponse({ status: '5XX', ...ERROR }),
    ),
  );
}

export function ApiDownload(): MethodDecorator {
  const schema = { type: 'string', format: 'binary' };
  const headers = {
    'X-Checksum-SHA256': { description: 'Lower-case hex', schema: { type: 'string' } },
  } as const;
  return later(({ ApiProduces, ApiResponse }) =>
    applyDecorators(
      ApiProduces('application/octet-stream'),
      ApiResponse({ status: 200, description: 'The stored bytes', schema, headers }),
    ),
  );
}
