/** How nodes are drawn: circle, square, diamond or hexagon, hatched where nothing is known, ringed where selected. */
import { NodeProgram, type ProgramInfo } from "sigma/rendering";
import type { NodeDisplayData, RenderParams } from "sigma/types";
import { floatColor } from "sigma/utils";
import type { Shape } from "./picture";

const SHAPES: Record<Shape, number> = { circle: 0, square: 1, diamond: 2, hexagon: 3 };

export interface Look extends NodeDisplayData {
  shape: Shape;
  ring: string;
  /** How wide the ring is, as a part of the radius. */
  ringed: number;
  hatched: boolean;
  paper: string;
}

const VERTEX = `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec4 a_ring;
attribute vec4 a_paper;
attribute vec2 a_position;
attribute float a_size;
attribute vec3 a_form;
attribute vec2 a_corner;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
varying vec4 v_color;
varying vec4 v_ring;
varying vec4 v_paper;
varying vec2 v_at;
varying vec3 v_form;
varying float v_pixels;
const float bias = 255.0 / 254.0;

void main() {
  float radius = a_size * u_correctionRatio / u_sizeRatio * 2.0;
  // As far as it reaches and no farther: what lies round it costs as much as what is drawn.
  float reach = a_form.y > 0.0 ? 1.25 + a_form.y : 1.3;
  v_at = a_corner * reach;
  gl_Position = vec4((u_matrix * vec3(a_position + radius * v_at, 1)).xy, 0, 1);
  v_form = a_form;
  v_pixels = a_size / u_sizeRatio;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_ring = a_ring;
  v_paper = a_paper;
  v_color.a *= bias;
}`;

const FRAGMENT = `
precision highp float;
varying vec4 v_color;
varying vec4 v_ring;
varying vec4 v_paper;
varying vec2 v_at;
varying vec3 v_form;
varying float v_pixels;

// How far outside of the shape a point is, in radii; negative inside.
float outside(vec2 p, float shape) {
  vec2 q = abs(p);
  if (shape < 0.5) return length(p) - 1.0;
  if (shape < 1.5) return max(q.x, q.y) - 0.86;
  if (shape < 2.5) return (q.x + q.y) * 0.7071 - 0.82;
  return max(q.y, q.x * 0.866 + q.y * 0.5) - 0.95;
}

void main() {
  float far = outside(v_at, v_form.x);
  #ifdef PICKING_MODE
  if (far > 0.25) discard;
  gl_FragColor = v_color;
  #else
  float soft = 1.0 / max(v_pixels, 1.0);
  float body = 1.0 - smoothstep(-soft, 0.0, far);
  float ring = v_form.y > 0.0 ? 1.0 - smoothstep(v_form.y, v_form.y + soft, far) : 0.0;
  // A line of paper between body and ring, and round each body, keeps neighbours apart.
  float gap = 1.0 - smoothstep(0.12, 0.12 + soft, far);
  vec4 fill = v_color;
  if (v_form.z > 0.5) {
    float stripe = step(0.5, fract((v_at.x + v_at.y) * v_pixels / 7.0));
    float edge = smoothstep(-3.0 * soft, -2.0 * soft, far);
    fill = mix(v_paper, v_color, max(stripe, edge));
  }
  vec4 color = v_form.y > 0.0 ? mix(v_ring, v_paper, gap) : v_paper;
  color = mix(color, fill, body);
  float alpha = max(max(ring, gap), body);
  gl_FragColor = vec4(color.rgb, alpha) * vec4(vec3(alpha), 1.0);
  #endif
}`;

const { FLOAT, TRIANGLES, UNSIGNED_BYTE } = WebGLRenderingContext;
const UNIFORMS = ["u_sizeRatio", "u_correctionRatio", "u_matrix"] as const;
const COLOUR = { size: 4, type: UNSIGNED_BYTE, normalized: true };

export class ShapeProgram extends NodeProgram<(typeof UNIFORMS)[number]> {
  getDefinition() {
    return {
      VERTICES: 6,
      VERTEX_SHADER_SOURCE: VERTEX,
      FRAGMENT_SHADER_SOURCE: FRAGMENT,
      METHOD: TRIANGLES,
      UNIFORMS,
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT },
        { name: "a_size", size: 1, type: FLOAT },
        { name: "a_form", size: 3, type: FLOAT },
        { name: "a_color", ...COLOUR },
        { name: "a_ring", ...COLOUR },
        { name: "a_paper", ...COLOUR },
        { name: "a_id", ...COLOUR },
      ],
      CONSTANT_ATTRIBUTES: [{ name: "a_corner", size: 2, type: FLOAT }],
      CONSTANT_DATA: [
        [-1, -1],
        [1, -1],
        [-1, 1],
        [-1, 1],
        [1, -1],
        [1, 1],
      ],
    };
  }

  processVisibleItem(index: number, start: number, data: NodeDisplayData): void {
    const look = data as Look;
    this.array.set(
      [
        look.x,
        look.y,
        look.size,
        SHAPES[look.shape],
        look.ringed,
        look.hatched ? 1 : 0,
        floatColor(look.color),
        floatColor(look.ring),
        floatColor(look.paper),
        index,
      ],
      start,
    );
  }

  setUniforms(params: RenderParams, { gl, uniformLocations }: ProgramInfo): void {
    gl.uniform1f(uniformLocations.u_correctionRatio ?? null, params.correctionRatio);
    gl.uniform1f(uniformLocations.u_sizeRatio ?? null, params.sizeRatio);
    gl.uniformMatrix3fv(uniformLocations.u_matrix ?? null, false, params.matrix);
  }
}
