// Draws bot/pages/static/vendor/world.svg from world-atlas: one path, x = longitude + 180, y = 85 - latitude.
// Usage: npm install world-atlas@2.0.2 && node tools/draw_world.mjs > bot/pages/static/vendor/world.svg
import { readFileSync } from 'node:fs'

const atlas = JSON.parse(readFileSync('node_modules/world-atlas/land-110m.json'))
const { scale: [scaleX, scaleY], translate: [left, bottom] } = atlas.transform

// TopoJSON keeps arcs as quantized differences; a ring names its arcs, ~i when one is walked backwards.
const arcs = atlas.arcs.map(arc => {
  let [x, y] = [0, 0]
  return arc.map(([dx, dy]) => [(x += dx) * scaleX + left, (y += dy) * scaleY + bottom])
})
const walk = i => i < 0 ? [...arcs[~i]].reverse() : arcs[i]
const ringOf = names => names.flatMap((name, n) => n ? walk(name).slice(1) : walk(name))

// A ring that crosses the 180th meridian goes on beyond the edge instead of jumping to the other side.
function unrolled (ring) {
  let [shift, last] = [0, null]
  return ring.map(([lon, lat]) => {
    if (last !== null && Math.abs(lon - last) > 180) shift += lon > last ? -360 : 360
    last = lon
    return [lon + shift, lat]
  })
}

const round = n => Math.round(n * 10) / 10
const path = ring => ring.map(([lon, lat], n) => `${n ? 'L' : 'M'}${round(lon + 180)} ${round(85 - lat)}`).join('') + 'Z'
const longitudes = ring => ring.map(([lon]) => lon)
const isSeen = ring => Math.max(...longitudes(ring)) >= -180 && Math.min(...longitudes(ring)) <= 180

const rings = (atlas.objects.land.geometries ?? [atlas.objects.land])
  .flatMap(shape => shape.type === 'MultiPolygon' ? shape.arcs.flat() : shape.arcs)
  .map(names => unrolled(ringOf(names)))
  .filter(ring => Math.max(...ring.map(([, lat]) => lat)) >= -60) // nobody registers in Antarctica
  .flatMap(ring => longitudes(ring).some(lon => Math.abs(lon) > 180.01)
    ? [-360, 0, 360].map(off => ring.map(([lon, lat]) => [lon + off, lat])).filter(isSeen)
    : [ring])

console.log('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 145">' +
  `<path fill="#9db8ad" d="${rings.map(path).join('')}"/></svg>`)
