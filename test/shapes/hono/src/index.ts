import { Hono } from 'hono'

const app = new Hono()

app.get('/', (c) => {
  return c.text('Hello Hono!')
})

// Load balancers ask this.
app.get('/health', (c) => c.text('ok'))

export default app
