import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Html, html } from './html.ts'
import type { SlackPerson } from './slack-person.ts'
import type { SlackStandIn, StandInWindow } from './slack-stand-in.ts'

type Field = StandInWindow['view']['blocks'][number]

/** Slack draws its windows itself; here each is a page of its own, as bare as a form can be. */
export function windowPages(
  fastify: FastifyInstance,
  options: {
    slack: SlackStandIn
    /** Who looks at the page. */
    person: SlackPerson
    isAllowed(request: FastifyRequest): boolean
    send(reply: FastifyReply, markup: string): FastifyReply
  },
): void {
  const { slack, person, send } = options
  const find = (id: string) => slack.windows.find(window => window.id === id)

  fastify.get<{ Params: { id: string } }>('/sandbox/windows/:id', async (request, reply) => {
    const window = find(request.params.id)
    if (window === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('there is no such window\n')
    return send(reply, drawn(window, {}, {}))
  })

  fastify.post<{ Params: { id: string } }>('/sandbox/windows/:id', async (request, reply) => {
    const refused = (status: number, why: string) =>
      reply.code(status).type('text/plain; charset=utf-8').send(`${why}\n`)
    if (!options.isAllowed(request)) return refused(403, 'windows are submitted on their own page')
    const window = find(request.params.id)
    if (window === undefined) return refused(404, 'there is no such window')
    const given = Object.fromEntries(new URLSearchParams(typeof request.body === 'string' ? request.body : ''))
    const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
    const { status, body } = await person.submit(window, values)
    if (status !== 200) return refused(502, `the service answered ${status}: nothing was done`)
    if (body?.response_action === 'errors') return send(reply.code(422), drawn(window, given, errorsOf(body.errors)))
    return reply.redirect('/sandbox', 303)
  })
}

function errorsOf(errors: unknown): Record<string, string> {
  const all = typeof errors === 'object' && errors !== null ? Object.entries(errors) : []
  return Object.fromEntries(all.map(([name, said]) => [name, String(said)]))
}

function drawn(
  { id, view }: StandInWindow,
  given: Readonly<Record<string, string>>,
  errors: Readonly<Record<string, string>>,
): string {
  const fields = view.blocks.map(block => fieldOf(block, given[block.block_id ?? ''], errors[block.block_id ?? '']))
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${view.title.text} · “Slack”</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"></head>
<body><main><h1>${view.title.text}</h1>
<form method="post" action="/sandbox/windows/${encodeURIComponent(id)}">${fields}
<p><button type="submit">${view.submit.text}</button> <a href="/sandbox">Cancel</a></p></form></main></body>
</html>
`.markup
}

function fieldOf(block: Field, given: string | undefined, error: string | undefined): Html {
  const { label, hint, optional } = block
  const note =
    error === undefined
      ? hint === undefined
        ? null
        : html`<br><small>${hint.text}</small>`
      : html`<br><strong role="alert">${error}</strong>`
  return html`<p><label>${label.text}${optional === true ? ' (optional)' : ''}<br>${inputOf(block, given)}</label>${note}</p>`
}

function inputOf({ block_id, element, optional }: Field, given: string | undefined): Html {
  const name = block_id ?? ''
  const required = optional === true ? '' : html`required`
  switch (element.type) {
    case 'static_select': {
      const chosen = given ?? element.initial_option?.value
      const options = element.options.map(
        ({ value, text }) => html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${text.text}</option>`,
      )
      return html`<select name="${name}">${options}</select>`
    }
    case 'users_select':
      return html`<input name="${name}" value="${given ?? 'U0SANDBOX'}" ${required}>`
    case 'datetimepicker':
      return html`<input name="${name}" value="${given ?? ''}" inputmode="numeric" placeholder="seconds since 1970">`
    case 'plain_text_input':
      return element.multiline === true
        ? html`<textarea name="${name}" rows="3" cols="50" ${required}>${given ?? ''}</textarea>`
        : html`<input name="${name}" value="${given ?? ''}" ${required}>`
  }
}
